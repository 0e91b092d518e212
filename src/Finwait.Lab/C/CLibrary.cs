using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>What C programs of the lab find in their library. The functions themselves are written in the lab's Python.</summary>
internal static class CLibrary
{
    private const string Resource = "Finwait.Lab.C.library.py";

    private static readonly HashSet<string> s_numbers = new(StringComparer.Ordinal)
    {
        "socket", "bind", "listen", "accept", "connect", "close", "shutdown", "recv", "recvfrom", "send", "sendto", "read", "write", "getsockname", "getpeername", "setsockopt", "getsockopt", "htons", "ntohs", "htonl", "ntohl",
        "inet_addr", "inet_aton", "inet_pton", "bzero", "strlen", "strcmp", "strncmp", "atoi", "printf", "fprintf", "sprintf", "snprintf", "puts", "putchar", "fputs", "fflush", "perror", "getchar", "getc", "fgetc", "exit", "sleep", "usleep", "getpid",
    };

    /// <summary>Every function with the type it gives.</summary>
    public static IReadOnlyDictionary<string, CType> Functions { get; } =
        s_numbers.Select(name => (name, CType.Int)).Concat(new[] { "inet_ntoa", "inet_ntop", "strcpy", "strncpy", "strcat", "strerror", "fgets", "memset", "memcpy" }.Select(name => (name, CType.Pointer)))
            .ToDictionary(entry => entry.name, entry => entry.Item2, StringComparer.Ordinal);

    /// <summary>The library in Python; a program stands behind it.</summary>
    public static string Source { get; } = Read();

    private static string Read()
    {
        using var reader = new StreamReader(typeof(CLibrary).Assembly.GetManifestResourceStream(Resource)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>A constant or a variable of the library, in Python; null if there is none of this name.</summary>
    public static string? Constant(string name) => name switch
    {
        "NULL" => "None",
        "errno" => "errno",
        "EOF" => "-1",
        "stdin" => "sys.stdin",
        "stdout" => "sys.stdout",
        "stderr" => "sys.stderr",
        "EXIT_SUCCESS" or "false" => "0",
        "EXIT_FAILURE" or "true" => "1",
        "INADDR_NONE" or "INADDR_BROADCAST" => "4294967295",
        "INET_ADDRSTRLEN" => "16",
        "PF_INET" => "2",
        _ when SocketModule.IsConstant(name) => "socket." + name,
        _ when name.Length > 1 && name[0] == 'E' && Enum.TryParse<Finwait.Stack.Errno>(name, out _) => "errors." + name,
        _ => null,
    };

    /// <summary>Which argument of a function is a format; null if none is.</summary>
    public static int? Format(string function) => function switch { "printf" => 0, "fprintf" or "sprintf" => 1, "snprintf" => 2, _ => null };

    /// <summary>A format of C with its arguments as one expression of Python; the arguments that it takes are removed.</summary>
    public static string PythonFormat(string format, List<CValue> arguments, int first)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            text.Append(format[i]);
            if (format[i] != '%')
            {
                continue;
            }

            while (++i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '-' or '+' or ' ' or '#' or '.' or '*'))
            {
                text.Append(format[i]);
            }

            while (i < format.Length && format[i] is 'l' or 'h' or 'z' or 'j' or 't')
            {
                i++; // how long a number is makes no difference here
            }

            text.Append(i >= format.Length ? "%" : format[i] switch { 'u' or 'i' => "d", 'p' => "#x", char letter => letter.ToString() });
        }

        string values = string.Join(", ", arguments.Skip(first).Select(argument => argument.Text));
        arguments.RemoveRange(first, arguments.Count - first);
        return string.Create(CultureInfo.InvariantCulture, $"formatted(\"{text}\", [{values}])");
    }
}
