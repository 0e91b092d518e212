using System.Numerics;

namespace Finwait.Lab;

/// <summary>Built-in functions over sequences, and input(). What is lazy in Python is a list here.</summary>
internal static class PythonSequences
{
    public static void Add(Dictionary<string, object> names)
    {
        Add(names, "sorted", Sorted);
        Add(names, "reversed", (_, a) => new PyList(Enumerable.Reverse(PythonBuiltins.Items(a.One("reversed"))).ToList()));
        Add(names, "enumerate", (_, a) =>
        {
            BigInteger first = a.Find(1, "start") is { } start ? Py.Index(start) : BigInteger.Zero;
            return new PyList(PythonBuiltins.Items(a[0]).Select((item, i) => (object)new PyTuple(first + i, item)).ToList());
        });
        Add(names, "zip", (_, a) =>
        {
            List<object>[] all = a.Positional.Select(PythonBuiltins.Items).ToArray();
            return new PyList(Enumerable.Range(0, all.Min(items => items.Count)).Select(i => (object)new PyTuple(all.Select(items => items[i]).ToArray())).ToList());
        });
        Add(names, "map", (process, a) => new PyList((a.Count == 2 ? PythonBuiltins.Items(a[1]) : throw PythonRaise.Type("the lab's map() takes a function and one sequence")).ConvertAll(item => Apply(process, a[0], item, "map"))));
        Add(names, "any", (_, a) => Py.Bool(PythonBuiltins.Items(a.One("any")).Exists(Py.Truth)));
        Add(names, "all", (_, a) => Py.Bool(PythonBuiltins.Items(a.One("all")).TrueForAll(Py.Truth)));
        Add(names, "divmod", (_, a) => a.Count == 2 ? new PyTuple(Py.Binary("//", a[0], a[1]), Py.Binary("%", a[0], a[1])) : throw PythonRaise.Type($"divmod expected 2 arguments, got {a.Count}"));
        Add(names, "pow", (_, a) => a.Count == 2 ? Py.Binary("**", a[0], a[1]) : throw PythonRaise.Type("the lab's pow() takes two arguments"));
        Add(names, "callable", (_, a) => Py.Bool(a.One("callable") is PyBuiltin or PyFunction or PyClass or PyExceptionType));
        Add(names, "dir", (_, a) => new PyList(PythonAttributes.Names(a.One("dir")).Order(StringComparer.Ordinal).Cast<object>().ToList()));
        Add(names, "hasattr", (_, a) => Py.Bool(a.Count == 2 && PythonAttributes.Names(a[0]).Contains(a[1] as string)));
        names["input"] = new PyBuiltin("input", "<built-in function input>", Input);
    }

    private static void Add(Dictionary<string, object> names, string name, Func<PythonProcess, PyArguments, object> body) =>
        names[name] = new PyBuiltin(name, $"<built-in function {name}>", (process, arguments) =>
        {
            if (arguments.Count == 0)
            {
                throw PythonRaise.Type($"{name} expected at least 1 argument, got 0");
            }

            process.Spend(arguments.Positional.Sum(a => a is PyList list ? list.Items.Count : 0));
            return body(process, arguments);
        });

    /// <summary>Calls what is built in: a function written in Python cannot run inside another call here.</summary>
    private static object Apply(PythonProcess process, object function, object item, string caller) => function switch
    {
        PyBuiltin builtin when builtin.Body(process, new PyArguments([item], [])) is var result and not PyPending => result,
        PyClass type => type.Create(process, new PyArguments([item], [])),
        PyFunction => throw PythonRaise.Type($"the lab's {caller}() calls only built-in functions: use a for loop"),
        _ => throw PythonRaise.Type($"'{Py.TypeName(function)}' object is not callable"),
    };

    private static object Sorted(PythonProcess process, PyArguments arguments)
    {
        foreach ((string name, _) in arguments.Keywords)
        {
            if (name is not ("key" or "reverse"))
            {
                throw PythonRaise.Type($"sort() got an unexpected keyword argument '{name}'");
            }
        }

        List<object> items = PythonBuiltins.Items(arguments[0]);
        object? key = arguments.Find(int.MaxValue, "key");
        List<(object Key, object Item)> keyed = items.ConvertAll(item => (key is null or PyNone ? item : Apply(process, key, item, "sorted"), item));
        bool isReversed = arguments.Find(int.MaxValue, "reverse") is { } reverse && Py.Truth(reverse);
        var order = Comparer<object>.Create((a, b) => Py.Compare("<", b, a) ? 1 : Py.Compare("<", a, b) ? -1 : 0);
        try
        {
            return new PyList((isReversed ? keyed.OrderByDescending(pair => pair.Key, order) : keyed.OrderBy(pair => pair.Key, order)).Select(pair => pair.Item).ToList());
        }
        catch (InvalidOperationException e) when (e.InnerException is PythonRaise refused)
        {
            throw new PythonRaise(refused.Raised); // the library wraps what a comparison throws
        }
    }

    /// <summary>input(prompt): waits for a line that is typed into the program.</summary>
    private static object Input(PythonProcess process, PyArguments arguments)
    {
        process.Output.Write(arguments.Count > 0 ? Py.Str(arguments[0]) : "");
        object? Attempt() => process.ReadLine() switch
        {
            null => null,
            "" => throw PythonRaise.Of(PyExceptionType.EOFError, "EOF when reading a line"),
            string line => line.TrimEnd('\n'),
        };
        return Attempt() ?? new PyPending(InputCall, Attempt);
    }

    /// <summary>How the lab tells that input() waits.</summary>
    public const string InputCall = "input()";
}
