// Runs Lua scripts as Argo CD runs those of its resource customizations: the same interpreter, the same few
// libraries, one second each.
//
// Standard input: a JSON array of {"script": "…", "object": {…}}; a script finds its object in the global `obj`.
// Standard output: a JSON array of {"result": …} or {"error": "…"}, in the same order.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// As long as Argo CD lets a script run.
const patience = time.Second

type run struct {
	Script string `json:"script"`
	Object any    `json:"object"`
}

type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	var runs []run
	if err := json.NewDecoder(os.Stdin).Decode(&runs); err != nil {
		log.Fatal(err)
	}
	answers := make([]answer, len(runs))
	for i, r := range runs {
		result, err := r.execute()
		if err != nil {
			answers[i].Error = err.Error()
			continue
		}
		answers[i].Result = result
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func (r run) execute() (json.RawMessage, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	if err := openLibraries(state); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", luajson.DecodeValue(state, r.Object))
	if err := state.DoString(r.Script); err != nil {
		return nil, err
	}
	return luajson.Encode(state.Get(-1))
}

// What a script of argocd-cm finds: package, base and table, and of os the clock, through `require("os")` only.
func openLibraries(state *lua.LState) error {
	libraries := []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
	}
	for _, library := range libraries {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return err
		}
	}
	state.PreloadModule(lua.OsLibName, openClock)
	return nil
}

func openClock(state *lua.LState) int {
	// Opened in a state of its own: there it may register whatever it likes.
	clock := state.NewTable()
	full := lua.NewState()
	defer full.Close()
	for _, name := range []string{"date", "time"} {
		function := full.GetField(full.GetGlobal(lua.OsLibName), name).(*lua.LFunction)
		clock.RawSetString(name, state.NewFunction(function.GFunction))
	}
	state.Push(clock)
	return 1
}
