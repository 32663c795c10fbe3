package script

import (
	"errors"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Bounds of what outlives a call: the results, and what stands at the top of a file.
const (
	mostWeight = 100_000
	mostHeld   = 64 // deep
)

// scale counts what a value holds, as often as it holds it: a hundred tuples of the one before it are few in memory,
// yet whoever walks through them never ends. The interpreter's freezing walks so, and neither stops nor can be caught.
type scale struct {
	left      int
	functions bool // are allowed
}

// freeze makes everything at the top of a file unchangeable; or names what it cannot.
func freeze(globals starlark.StringDict) (name string, err error) {
	s := scale{left: mostWeight, functions: true}
	for _, name := range globals.Keys() {
		if err := s.weigh(globals[name], 0); err != nil {
			return name, err
		}
	}
	globals.Freeze()
	return "", nil
}

// checkResult says whether a caller can work with what a rule returned.
func checkResult(v starlark.Value) error {
	s := scale{left: mostWeight}
	return s.weigh(v, 0)
}

func (s *scale) weigh(v starlark.Value, depth int) error {
	s.left--
	if s.left < 0 || depth > mostHeld {
		return errors.New("the value holds too much, or itself; keep what is needed of it")
	}
	switch v := v.(type) {
	case *starlark.List:
		return s.sequence(v, depth)
	case starlark.Tuple:
		return s.sequence(v, depth)
	case *starlark.Dict:
		return s.dict(v, depth)
	case *starlarkstruct.Struct:
		return s.structure(v, depth)
	case *starlark.Function:
		return s.function(v, depth)
	case *starlark.Builtin:
		return s.builtin(v, depth)
	}
	return simple(v)
}

// simple says whether a value without parts is one that may exist.
func simple(v starlark.Value) error {
	switch v := v.(type) {
	case Number:
		return v.Err()
	case starlark.Int:
		_, err := fits(v)
		return err
	case starlark.Float, starlark.Bytes, *starlark.Set, nil:
		return errors.New("there is a value that is no number, text, day, truth, list, dict or struct")
	}
	return nil
}

func (s *scale) sequence(v starlark.Indexable, depth int) error {
	for i := range v.Len() {
		if err := s.weigh(v.Index(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *scale) dict(v *starlark.Dict, depth int) error {
	for k, x := range v.Entries() {
		if err := s.weigh(k, depth+1); err != nil {
			return err
		}
		if err := s.weigh(x, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *scale) structure(v *starlarkstruct.Struct, depth int) error {
	for _, x := range v.Entries() {
		if err := s.weigh(x, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// function weighs what a function keeps: what its parameters are otherwise, and names of the function around it. A
// function that keeps itself so would freeze for ever.
func (s *scale) function(f *starlark.Function, depth int) error {
	if !s.functions {
		return errors.New("a function is no result; call it")
	}
	for i := range f.NumParams() {
		if v := f.ParamDefault(i); v != nil {
			if err := s.weigh(v, depth+1); err != nil {
				return err
			}
		}
	}
	for i := range f.NumFreeVars() {
		if _, v := f.FreeVar(i); v != nil {
			if err := s.weigh(v, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scale) builtin(b *starlark.Builtin, depth int) error {
	if !s.functions {
		return errors.New("a function is no result; call it")
	}
	if b.Receiver() == nil {
		return nil
	}
	return s.weigh(b.Receiver(), depth+1)
}
