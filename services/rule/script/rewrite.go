package script

import (
	"math/big"
	"strings"

	"go.starlark.net/syntax"
)

// Bounds of the tree that is compiled.
const (
	mostDepth     = 256   // of the tree, where a + b + c is two deep
	mostFunctions = 300   // in a file; a call's cost grows with how deep calls may nest
	mostBits      = 128   // of a whole number
	mostText      = 4096  // bytes
	mostElements  = 10000 // of a list, tuple or dict
	mostClauses   = 16    // of a comprehension; the compiler's work grows with their square
	largeFunction = 100   // nodes, from which a call of it costs more
)

// rewriter goes through the tree once, refuses what rules may not contain, and puts calls of our operators where the
// language has its own. It keeps the first error.
type rewriter struct {
	file             string
	err              *Error
	depth, functions int
	nodes            int // of the function being rewritten
}

// rewrite changes the tree in place and returns the names of the functions at its top.
func rewrite(file string, tree *syntax.File) ([]string, error) {
	w := &rewriter{file: file}
	var names []string
	tree.Stmts = w.block(tree.Stmts)
	for _, s := range tree.Stmts {
		if def, ok := s.(*syntax.DefStmt); ok {
			names = append(names, def.Name.Name)
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	return names, checkCycles(file, tree)
}

func (w *rewriter) refuse(at syntax.Position, format string, args ...any) {
	if w.err == nil {
		w.err = errorAt(w.file, at, format, args...)
	}
}

// down goes one level into the tree; false where that is too deep or something was refused already.
func (w *rewriter) down(n syntax.Node) bool {
	w.depth++
	w.nodes++
	if w.err == nil && w.depth > mostDepth {
		w.refuse(syntax.Start(n), "this is nested too deeply; give the inner part a name")
	}
	return w.err == nil
}

func (w *rewriter) up() { w.depth-- }

func (w *rewriter) block(stmts []syntax.Stmt) []syntax.Stmt {
	for i, s := range stmts {
		stmts[i] = w.stmt(s)
	}
	return stmts
}

func (w *rewriter) stmt(s syntax.Stmt) syntax.Stmt {
	defer w.up()
	if !w.down(s) {
		return s
	}
	switch s := s.(type) {
	case *syntax.ExprStmt:
		s.X = w.expr(s.X)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = w.expr(s.Result)
		}
	case *syntax.IfStmt:
		s.Cond = w.expr(s.Cond)
		w.block(s.True)
		w.block(s.False)
	case *syntax.ForStmt:
		w.target(s.Vars)
		s.X = w.expr(s.X)
		w.block(s.Body)
	case *syntax.DefStmt:
		w.def(s)
	case *syntax.AssignStmt:
		return w.assign(s)
	case *syntax.WhileStmt:
		w.refuse(s.While, "rules have no while; write for i in range(n)")
	case *syntax.LoadStmt:
		w.refuse(s.Load, "rules have no load; all that a rule may use is there already")
	}
	return s
}

func (w *rewriter) def(s *syntax.DefStmt) {
	w.params(s.Params)
	outer := w.enter(s.Def)
	w.block(s.Body)
	if w.nodes > largeFunction {
		// Each call makes room for all that a function names and computes, whether it comes by there or not.
		room := &syntax.ExprStmt{X: call(opEnter, s.Def, number(s.Def, w.nodes/4))}
		s.Body = append([]syntax.Stmt{room}, s.Body...)
	}
	w.nodes = outer
}

// enter begins another function, and returns how many nodes the one around it has so far.
func (w *rewriter) enter(at syntax.Position) (outer int) {
	w.functions++
	if w.functions > mostFunctions {
		w.refuse(at, "the file has more than %d functions", mostFunctions)
	}
	outer, w.nodes = w.nodes, 0
	return outer
}

func (w *rewriter) params(params []syntax.Expr) {
	for _, p := range params {
		if p, ok := p.(*syntax.BinaryExpr); ok { // name = what it is otherwise
			p.Y = w.expr(p.Y)
		}
	}
}

// target checks what a value is given to by a loop or together with others: names.
func (w *rewriter) target(e syntax.Expr) {
	switch e := e.(type) {
	case *syntax.Ident:
	case *syntax.ParenExpr:
		w.target(e.X)
	case *syntax.TupleExpr:
		w.targets(e.List)
	case *syntax.ListExpr:
		w.targets(e.List)
	case *syntax.DotExpr:
		w.refuse(e.Dot, "a field cannot be changed; make a new struct(...)")
	default:
		w.refuse(syntax.Start(e), "only names can be given values here")
	}
}

func (w *rewriter) targets(list []syntax.Expr) {
	for _, e := range list {
		w.target(e)
	}
}

// assign rewrites x = y, x += y, x[i] = y and x[i] += y.
func (w *rewriter) assign(s *syntax.AssignStmt) syntax.Stmt {
	s.RHS = w.expr(s.RHS)
	if at, ok := unparen(s.LHS).(*syntax.IndexExpr); ok {
		return &syntax.ExprStmt{X: w.assignElement(at, s)}
	}
	w.target(s.LHS)
	id, ok := unparen(s.LHS).(*syntax.Ident)
	switch {
	case s.Op == syntax.EQ:
	case !ok:
		w.refuse(s.OpPos, "only a name or an element such as d[\"key\"] can be added to")
	default:
		read := &syntax.Ident{NamePos: id.NamePos, Name: id.Name}
		s.RHS = call(augmented(s.Op), s.OpPos, read, s.RHS)
		s.Op = syntax.EQ
	}
	return s
}

func (w *rewriter) assignElement(at *syntax.IndexExpr, s *syntax.AssignStmt) syntax.Expr {
	x, i := w.expr(at.X), w.expr(at.Y)
	if s.Op == syntax.EQ {
		return call(opSetIndex, at.Lbrack, x, i, s.RHS)
	}
	return call(opUpdate, s.OpPos, number(s.OpPos, int(s.Op)), x, i, s.RHS)
}

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

func (w *rewriter) exprs(list []syntax.Expr) {
	for i, e := range list {
		list[i] = w.expr(e)
	}
}

func (w *rewriter) expr(e syntax.Expr) syntax.Expr {
	defer w.up()
	if !w.down(e) {
		return e
	}
	switch e := e.(type) {
	case *syntax.Literal:
		w.literal(e)
	case *syntax.ParenExpr:
		return w.expr(e.X)
	case *syntax.UnaryExpr:
		return w.unary(e)
	case *syntax.BinaryExpr:
		return w.binary(e)
	case *syntax.CondExpr:
		e.Cond, e.True, e.False = w.expr(e.Cond), w.expr(e.True), w.expr(e.False)
	case *syntax.CallExpr:
		w.call(e)
	case *syntax.DotExpr:
		return w.dot(e)
	case *syntax.IndexExpr:
		return call(opIndex, e.Lbrack, w.expr(e.X), w.expr(e.Y))
	case *syntax.SliceExpr:
		return call(opSlice, e.Lbrack, w.expr(e.X), w.orNone(e.Lo, e), w.orNone(e.Hi, e), w.orNone(e.Step, e))
	case *syntax.LambdaExpr:
		w.lambda(e)
	case *syntax.ListExpr, *syntax.TupleExpr, *syntax.DictExpr, *syntax.Comprehension:
		return w.collection(e)
	}
	return e
}

func (w *rewriter) collection(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.ListExpr:
		w.literalSize(e.Lbrack, len(e.List))
		w.exprs(e.List)
	case *syntax.TupleExpr:
		w.literalSize(e.Lparen, len(e.List))
		w.exprs(e.List)
	case *syntax.DictExpr:
		w.literalSize(e.Lbrace, len(e.List))
		for _, entry := range e.List {
			w.entry(entry.(*syntax.DictEntry))
		}
		return call(opMade, e.Lbrace, e)
	case *syntax.Comprehension:
		w.comprehension(e)
		return call(opMade, e.Lbrack, e)
	}
	return e
}

func (w *rewriter) literalSize(at syntax.Position, n int) {
	if n > mostElements {
		w.refuse(at, "a list, tuple or dict has at most %d elements", mostElements)
	}
}

func (w *rewriter) entry(e *syntax.DictEntry) {
	e.Key, e.Value = w.expr(e.Key), w.expr(e.Value)
	if _, plain := e.Key.(*syntax.Literal); !plain {
		e.Key = call(opKey, syntax.Start(e.Key), e.Key)
	}
}

func (w *rewriter) comprehension(e *syntax.Comprehension) {
	if len(e.Clauses) > mostClauses {
		w.refuse(e.Lbrack, "more than %d times for and if between two brackets; write loops in a function", mostClauses)
	}
	for _, clause := range e.Clauses {
		switch c := clause.(type) {
		case *syntax.ForClause:
			w.target(c.Vars)
			c.X = w.expr(c.X)
		case *syntax.IfClause:
			c.Cond = w.expr(c.Cond)
		}
	}
	if entry, ok := e.Body.(*syntax.DictEntry); ok {
		w.entry(entry)
		return
	}
	e.Body = w.expr(e.Body)
}

func (w *rewriter) literal(e *syntax.Literal) {
	switch v := e.Value.(type) {
	case *big.Int:
		if v.BitLen() > mostBits {
			w.refuse(e.TokenPos, "the whole number has more than %d bits", mostBits)
		}
	case string:
		if len(v) > mostText {
			w.refuse(e.TokenPos, "the text is longer than 4 KiB")
		}
	}
	switch e.Token {
	case syntax.FLOAT:
		w.refuse(e.TokenPos, `floating point loses cents; write number("%s")`, asDecimal(e.Raw))
	case syntax.BYTES:
		w.refuse(e.TokenPos, "rules have no bytes; leave out the b before the text")
	}
}

// asDecimal is a literal as number reads it; an example where it has an exponent.
func asDecimal(raw string) string {
	if strings.ContainsAny(raw, "eE") || len(raw) > 40 {
		return "0.5"
	}
	return strings.TrimSuffix(raw, ".")
}

func (w *rewriter) unary(e *syntax.UnaryExpr) syntax.Expr {
	e.X = w.expr(e.X)
	switch e.Op {
	case syntax.MINUS:
		return call(opMinus, e.OpPos, e.X)
	case syntax.PLUS:
		return call(opPlus, e.OpPos, e.X)
	case syntax.TILDE:
		return call(opTilde, e.OpPos, e.X)
	}
	return e // not x
}

func (w *rewriter) binary(e *syntax.BinaryExpr) syntax.Expr {
	e.X, e.Y = w.expr(e.X), w.expr(e.Y)
	if e.Op == syntax.AND || e.Op == syntax.OR {
		return e
	}
	return call(opName(e.Op), e.OpPos, e.X, e.Y)
}

func (w *rewriter) call(e *syntax.CallExpr) {
	e.Lparen = nameOfCalled(e)
	e.Fn = w.expr(e.Fn)
	for i, arg := range e.Args {
		switch arg := arg.(type) {
		case *syntax.UnaryExpr:
			if arg.Op == syntax.STAR || arg.Op == syntax.STARSTAR {
				arg.X = call(opSpread, arg.OpPos, w.expr(arg.X))
				continue
			}
		case *syntax.BinaryExpr:
			if arg.Op == syntax.EQ { // name = value
				arg.Y = w.expr(arg.Y)
				continue
			}
		}
		e.Args[i] = w.expr(arg)
	}
}

// nameOfCalled is where a reader looks for the mistake: at the name of the function, not at its bracket.
func nameOfCalled(e *syntax.CallExpr) syntax.Position {
	switch fn := e.Fn.(type) {
	case *syntax.Ident:
		return fn.NamePos
	case *syntax.DotExpr:
		return fn.Name.NamePos
	}
	return e.Lparen
}

// dot leaves fields as they are; a name that a text, list or dict has a method by goes through the allowed ones.
func (w *rewriter) dot(e *syntax.DotExpr) syntax.Expr {
	e.X = w.expr(e.X)
	e.Dot = e.Name.NamePos
	if !builtinMethods[e.Name.Name] {
		return e
	}
	name := &syntax.Literal{Token: syntax.STRING, TokenPos: e.Name.NamePos, Raw: e.Name.Name, Value: e.Name.Name}
	return call(opAttr, e.Name.NamePos, e.X, name)
}

func (w *rewriter) lambda(e *syntax.LambdaExpr) {
	w.params(e.Params)
	outer := w.enter(e.Lambda)
	e.Body = w.expr(e.Body)
	if w.nodes > largeFunction {
		w.refuse(e.Lambda, "the lambda is too long; write a function (def)")
	}
	w.nodes = outer
}

// orNone is the part of a slice, or None where it is left out.
func (w *rewriter) orNone(e syntax.Expr, of *syntax.SliceExpr) syntax.Expr {
	if e == nil {
		return &syntax.Ident{NamePos: of.Lbrack, Name: "None"}
	}
	return w.expr(e)
}

// call is a call of one of our operators.
func call(name string, at syntax.Position, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: name}, Lparen: at, Args: args, Rparen: at}
}

func number(at syntax.Position, n int) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: at, Value: int64(n)}
}
