namespace Finwait.Lab;

/// <summary>What real Python has and the lab's has not: said in one clear line instead of "not defined".</summary>
internal static class PythonMissing
{
    private static readonly HashSet<string> s_builtins =
    [
        "__build_class__", "__import__", "aiter", "anext", "breakpoint", "classmethod", "compile", "complex", "delattr", "dict", "eval", "exec", "filter", "frozenset", "globals", "hash", "help", "id", "issubclass", "iter",
        "locals", "memoryview", "next", "object", "open", "property", "set", "setattr", "slice", "staticmethod", "super", "vars",
    ];

    private static readonly Dictionary<string, string> s_socket = new()
    {
        ["socketpair"] = "it would need sockets of AF_UNIX; connect two of AF_INET over 127.0.0.1 instead",
        ["fromfd"] = "socket.socket(fileno=…) does the same",
        ["AF_CAN"] = "there are AF_INET and AF_INET6",
        ["SocketIO"] = "use recv() and send()",
        ["if_nameindex"] = "the shell's ip addr lists the interfaces",
        ["if_nametoindex"] = "the shell's ip addr lists the interfaces",
        ["gethostbyname_ex"] = "use gethostbyname()",
        ["getnameinfo"] = "use gethostbyaddr()",
        ["makefile"] = "use recv() and send()",
        ["sendfile"] = "use sendall()",
        ["ioctl"] = "",
    };

    private static readonly HashSet<string> s_modules =
    [
        "argparse", "asyncio", "base64", "binascii", "collections", "concurrent", "contextlib", "copy", "csv", "ctypes", "datetime", "enum", "fcntl", "functools", "hashlib", "http", "io", "ipaddress", "itertools",
        "json", "logging", "math", "multiprocessing", "pathlib", "pickle", "platform", "queue", "random", "re", "scapy", "select", "selectors", "shutil", "signal", "socketserver", "ssl", "string", "subprocess", "tempfile",
        "textwrap", "threading", "traceback", "types", "typing", "unittest", "urllib", "uuid",
    ];

    /// <summary>NameError for a name that has no value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that have one, place by place.</param>
    public static PythonRaise Name(string name, params IEnumerable<string>[] known) => s_builtins.Contains(name)
        ? PythonRaise.Of(PyExceptionType.NameError, $"the lab's Python does not have {name}()")
        : new PythonRaise(new PyException(PyExceptionType.NameError, $"name '{name}' is not defined") { Misspelt = (name, known) });

    /// <summary>Why a name of module socket, or a method of its sockets, is not there; null if real Python does not have it either.</summary>
    public static string? Socket(string name) =>
        s_socket.TryGetValue(name, out string? hint) ? $"the lab's Python does not have socket.{name}{(hint.Length == 0 ? "" : ": " + hint)}" : null;

    /// <summary>ModuleNotFoundError.</summary>
    public static PythonRaise Module(string name) =>
        PythonRaise.Of(PyExceptionType.ModuleNotFoundError, s_modules.Contains(name.Split('.')[0]) ? $"the lab's Python has no module '{name}': it has {string.Join(", ", PythonProcess.ModuleNames)}" : $"No module named '{name}'");
}
