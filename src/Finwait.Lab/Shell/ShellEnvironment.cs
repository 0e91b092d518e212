using System.Globalization;

namespace Finwait.Lab;

/// <summary>What a shell remembers: variables, functions, aliases, its arguments and the last status. A subshell has a copy.</summary>
internal sealed class ShellEnvironment
{
    /// <summary>Characters of all variables together.</summary>
    private const int MaxLength = 1 << 20;

    private readonly LabHost _host;
    private readonly Dictionary<string, string> _variables;
    private long _length;

    public ShellEnvironment(LabHost host)
    {
        _host = host;
        _variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/root", ["USER"] = "root", ["PWD"] = "/root" };
    }

    private ShellEnvironment(ShellEnvironment from)
    {
        _host = from._host;
        _variables = new Dictionary<string, string>(from._variables, StringComparer.Ordinal);
        _length = from._length;
        Functions = new Dictionary<string, ShellNode>(from.Functions, StringComparer.Ordinal);
        Aliases = new Dictionary<string, string>(from.Aliases, StringComparer.Ordinal);
        ReadOnly = [.. from.ReadOnly];
        (Arguments, Name, LastStatus, LastBackground) = (from.Arguments, from.Name, from.LastStatus, from.LastBackground);
    }

    public Dictionary<string, ShellNode> Functions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Variables that keep their value.</summary>
    public HashSet<string> ReadOnly { get; } = [];

    /// <summary><c>$1</c> and on.</summary>
    public string[] Arguments { get; set; } = [];

    /// <summary><c>$0</c>.</summary>
    public string Name { get; set; } = "bash";

    /// <summary><c>$?</c>.</summary>
    public int LastStatus { get; set; }

    /// <summary><c>$!</c>.</summary>
    public int? LastBackground { get; set; }

    public ShellEnvironment Copy() => new(this);

    /// <summary>True if the variable has a value, even an empty one.</summary>
    public bool IsSet(string name) => _variables.ContainsKey(name) || (name.Length > 0 && !char.IsAsciiLetter(name[0]) && name[0] != '_' && Value(name).Length > 0) || IsPlaceholder(name);

    public IEnumerable<(string Name, string Value)> All => _variables.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value));

    /// <summary>Value of a variable or of one of the signs like <c>?</c>; empty if it has none.</summary>
    public string Value(string name) => name switch
    {
        "?" => LastStatus.ToString(CultureInfo.InvariantCulture),
        "$" => (_host.FirstPid - 1).ToString(CultureInfo.InvariantCulture),
        "!" => LastBackground?.ToString(CultureInfo.InvariantCulture) ?? "",
        "#" => Arguments.Length.ToString(CultureInfo.InvariantCulture),
        "@" or "*" => string.Join(' ', Arguments),
        "-" => "himBH",
        "0" => Name,
        _ when name.Length > 0 && char.IsAsciiDigit(name[0]) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Arguments.Length ? Arguments[number - 1] : "",
        _ when _variables.TryGetValue(name, out string? value) => value,
        _ when IsPlaceholder(name) => _host.Placeholder(name),
        "HOSTNAME" => _host.OwnName,
        "SECONDS" => ((long)_host.Now.SinceStart.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    /// <summary>True for the placeholders of the source documents, which stand for the server's address.</summary>
    public bool IsPlaceholder(string name) => !_variables.ContainsKey(name) && name is "ETH0_IP" or "ETH1_IP" or "SERVER_IP";

    /// <exception cref="ShellSyntaxException">The variable keeps its value, or all of them have become too long.</exception>
    public void Set(string name, string value)
    {
        if (ReadOnly.Contains(name))
        {
            throw new ShellSyntaxException($"{name}: readonly variable");
        }

        _length += value.Length - (_variables.TryGetValue(name, out string? old) ? old.Length : 0);
        if (_length > MaxLength)
        {
            _length -= value.Length - (old?.Length ?? 0);
            throw new ShellSyntaxException("xmalloc: cannot allocate: the shell's memory is full");
        }

        _variables[name] = value;
    }

    public void Unset(string name)
    {
        if (_variables.Remove(name, out string? old))
        {
            _length -= old.Length;
        }
    }
}
