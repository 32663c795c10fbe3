package rule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// ReadFolder reads a scheme's folder. Only scheme.yaml must be there.
func ReadFolder(files fs.FS, dir string) (Folder, error) {
	var f Folder
	for _, file := range []struct {
		name string
		into *[]byte
		must bool
	}{{SchemeFile, &f.Scheme, true}, {RulesFile, &f.Rules, false}, {ExamplesFile, &f.Examples, false}} {
		text, err := readFile(files, path.Join(dir, file.name))
		if err != nil && (file.must || !errors.Is(err, fs.ErrNotExist)) {
			return f, err
		}
		*file.into = text
	}
	return f, nil
}

// readFile reads a file that is not larger than a scheme's may be.
func readFile(files fs.FS, name string) ([]byte, error) {
	at := Position{path.Base(name), 1, 1}
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, Problems{{at, "it is no plain file; a folder holds plain files"}}
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if len(text) > largestFile {
		return nil, Problems{{at, fmt.Sprintf("the file has more than %d KiB; a scheme is small", largestFile>>10)}}
	}
	return text, err
}

// JudgeAll judges cases by the schemes whose folders lie in the file system, each named for its scheme. A folder that
// can't be read is an error; a case without folder is not expressible.
func JudgeAll(cases []Case, schemes fs.FS) ([]Verdict, error) {
	loaded := map[string]*judged{}
	verdicts := make([]Verdict, len(cases))
	for i, c := range cases {
		j, err := loadJudged(loaded, schemes, c.Folder())
		if err != nil {
			return nil, err
		}
		if j.mapping.Rule != "" {
			if other := (givenCase{Case: c}).text(j.mapping.Rule); other != "" {
				by, err := loadJudged(loaded, schemes, Case{Scheme: other}.Folder())
				if err != nil {
					return nil, err
				}
				j = &judged{by.scheme, j.mapping.over(by.mapping)}
			}
		}
		if j.scheme == nil {
			verdicts[i] = Verdict{ID: c.ID, Scheme: c.Scheme, Verified: c.Verified, State: NotExpressible, Why: "no folder " + c.Folder()}
			continue
		}
		verdicts[i] = c.Judge(j.scheme, j.mapping)
	}
	return verdicts, nil
}

// judged is a scheme with its mapping.
type judged struct {
	scheme  *Scheme
	mapping Mapping
}

func loadJudged(loaded map[string]*judged, schemes fs.FS, folder string) (*judged, error) {
	if j, ok := loaded[folder]; ok {
		return j, nil
	}
	j := &judged{}
	loaded[folder] = j
	mapping, err := readFile(schemes, path.Join(folder, MappingFile))
	if errors.Is(err, fs.ErrNotExist) {
		mapping, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if j.mapping, err = ReadMapping(mapping); err != nil {
		return nil, asProblems(MappingFile, err).In(folder)
	}
	files, err := ReadFolder(schemes, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	if j.scheme, err = Load(files); err != nil {
		return nil, asProblems(SchemeFile, err).In(folder)
	}
	return j, nil
}

// over is the mapping laid over that of the rule that a case names: what it says itself, and else what the rule's does.
func (m Mapping) over(by Mapping) Mapping {
	by.Budget, by.Policies, by.NotExpressible, by.Differs = m.Budget, m.Policies, m.NotExpressible, m.Differs
	return by
}
