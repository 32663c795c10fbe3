package script

import (
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// checkCycles refuses functions at the top of the file that call themselves or each other in a circle, as far as the
// calls can be seen in the text. The interpreter refuses the rest while it runs.
func checkCycles(file string, tree *syntax.File) error {
	c := &circles{calls: map[string][]*syntax.Ident{}, seen: map[string]bool{}}
	var names []string
	for _, s := range tree.Stmts {
		if def, ok := s.(*syntax.DefStmt); ok {
			names = append(names, def.Name.Name)
			c.calls[def.Name.Name] = calledBy(def)
		}
	}
	for _, name := range names {
		if at := c.visit(name); at != nil {
			path := strings.Join(append(c.path[slices.Index(c.path, at.Name):], at.Name), ", which calls ")
			return errorAt(file, at.NamePos, "%s; a function cannot call itself: write for i in range(n) instead", clip(path))
		}
	}
	return nil
}

type circles struct {
	calls map[string][]*syntax.Ident
	seen  map[string]bool
	path  []string
}

// visit follows the calls from the function, and returns the one that closes a circle.
func (c *circles) visit(name string) *syntax.Ident {
	if c.seen[name] {
		return nil
	}
	c.seen[name] = true
	c.path = append(c.path, name)
	for _, called := range c.calls[name] {
		if slices.Contains(c.path, called.Name) {
			return called
		}
		if at := c.visit(called.Name); at != nil {
			return at
		}
	}
	c.path = c.path[:len(c.path)-1]
	return nil
}

// calledBy lists whom the function calls by name, but for names that it binds itself.
func calledBy(def *syntax.DefStmt) []*syntax.Ident {
	var called []*syntax.Ident
	own := map[string]bool{}
	syntax.Walk(def, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			if id, ok := n.Fn.(*syntax.Ident); ok {
				called = append(called, id)
			}
		case *syntax.AssignStmt:
			bind(own, n.LHS)
		case *syntax.ForStmt:
			bind(own, n.Vars)
		case *syntax.ForClause:
			bind(own, n.Vars)
		case *syntax.LambdaExpr:
			bindParams(own, n.Params)
		case *syntax.DefStmt:
			bindParams(own, n.Params)
			if n != def {
				own[n.Name.Name] = true
			}
		}
		return true
	})
	return slices.DeleteFunc(called, func(id *syntax.Ident) bool { return own[id.Name] })
}

// bind adds the names in what a value is given to.
func bind(own map[string]bool, target syntax.Expr) {
	syntax.Walk(target, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok {
			own[id.Name] = true
		}
		return true
	})
}

func bindParams(own map[string]bool, params []syntax.Expr) {
	for _, p := range params {
		switch p := p.(type) {
		case *syntax.Ident:
			own[p.Name] = true
		case *syntax.BinaryExpr:
			bind(own, p.X)
		case *syntax.UnaryExpr:
			if p.X != nil {
				bind(own, p.X)
			}
		}
	}
}
