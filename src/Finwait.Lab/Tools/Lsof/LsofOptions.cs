using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>One <c>-i</c> of lsof: <c>[46][protocol][@host][:ports]</c>.</summary>
internal sealed record LsofInternet
{
    /// <summary>Only this version of IP; <c>null</c> for both.</summary>
    internal bool? OnlyV6 { get; init; }

    /// <summary>Only this protocol; <c>null</c> for both.</summary>
    internal SsKind? Kind { get; init; }

    /// <summary>Only this address on either side; none for any.</summary>
    internal IpAddress Host { get; init; }

    /// <summary>Only these ports on either side; empty for any.</summary>
    internal IReadOnlyList<(int First, int Last)> Ports { get; init; } = [];

    internal bool Matches(SsRow row)
    {
        return row.Kind is SsKind.Tcp or SsKind.Udp && (OnlyV6 is not bool v6 || v6 == row.IsV6) && (Kind is not { } kind || kind == row.Kind)
            && (MatchesEnd(row.Local, row.LocalPort) || MatchesEnd(row.Peer, row.PeerPort));
    }

    private bool MatchesEnd(IpAddress address, int port)
    {
        if (!Host.IsNone && ToolNames.Unmapped(address) != Host)
        {
            return false;
        }

        foreach ((int first, int last) in Ports)
        {
            if (port >= first && port <= last)
            {
                return true;
            }
        }

        return Ports.Count == 0;
    }
}

/// <summary>A command line of <c>lsof</c>, understood.</summary>
internal sealed class LsofOptions
{
    private readonly List<LsofInternet> _internet = [];
    private readonly List<(bool IsExcluded, string Text)> _commands = [];
    private readonly List<(bool IsExcluded, string Text)> _users = [];
    private readonly List<(bool IsExcluded, int Id)> _processes = [];
    private readonly HashSet<TcpState> _states = [];
    private readonly HashSet<TcpState> _excludedStates = [];
    private readonly ToolNames _names;
    private bool _joinsByAnd;
    private bool _wantsInternet;

    private LsofOptions(ToolNames names) => _names = names;

    internal bool NumericHosts { get; private set; }

    internal bool NumericPorts { get; private set; }

    /// <summary><c>-t</c>: process ids only.</summary>
    internal bool Terse { get; private set; }

    internal bool Help { get; private set; }

    internal bool Version { get; private set; }

    /// <summary><c>+c</c>: most characters of a command's name; 0 for all.</summary>
    internal int CommandWidth { get; private set; } = 9;

    internal static bool TryParse(IReadOnlyList<string> words, ToolNames names, out LsofOptions options, out string error)
    {
        options = new(names);
        error = "";
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word.Length < 2 || word[0] is not ('-' or '+'))
            {
                error = $"lsof: status error on {word}: No such file or directory";
                return false;
            }

            if (!options.ReadCluster(words, ref i, out error))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True if this process's socket is to be listed.</summary>
    internal bool Shows(SsRow row, SocketUser user)
    {
        bool stateFits = row.Kind != SsKind.Tcp || (!_excludedStates.Contains(row.State) && (_states.Count == 0 || _states.Contains(row.State)));
        if (!stateFits || IsExcluded(user))
        {
            return false;
        }

        (bool IsAsked, bool Fits)[] tests =
        [
            (_wantsInternet, _internet.Exists(internet => internet.Matches(row))),
            (_processes.Exists(process => !process.IsExcluded), _processes.Exists(process => !process.IsExcluded && process.Id == user.ProcessId)),
            (_commands.Exists(command => !command.IsExcluded), _commands.Exists(command => !command.IsExcluded && user.Command.StartsWith(command.Text, StringComparison.Ordinal))),
            (_users.Exists(name => !name.IsExcluded), _users.Exists(name => !name.IsExcluded && user.User == name.Text)),
        ];
        bool any = Array.Exists(tests, test => test.IsAsked);
        return !any || (_joinsByAnd ? Array.TrueForAll(tests, test => !test.IsAsked || test.Fits) : Array.Exists(tests, test => test is { IsAsked: true, Fits: true }));
    }

    private bool IsExcluded(SocketUser user) =>
        _processes.Exists(process => process.IsExcluded && process.Id == user.ProcessId)
        || _commands.Exists(command => command.IsExcluded && user.Command.StartsWith(command.Text, StringComparison.Ordinal))
        || _users.Exists(name => name.IsExcluded && user.User == name.Text);

    private bool ReadCluster(IReadOnlyList<string> words, ref int i, out string error)
    {
        string word = words[i];
        error = "";
        for (int at = 1; at < word.Length; at++)
        {
            char letter = word[at];
            switch (letter)
            {
                case 'n': NumericHosts = true; continue;
                case 'P': NumericPorts = true; continue;
                case 'a': _joinsByAnd = true; continue;
                case 't': Terse = true; continue;
                case 'w': continue; // warnings: there are none
                case 'h' or '?': Help = true; continue;
                case 'v': Version = true; continue;
                case 'i' or 's' or 'p' or 'c' or 'u': break;
                default: error = $"lsof: illegal option character: {letter}"; return false;
            }

            string value = word[(at + 1)..];
            if (value.Length == 0 && i + 1 < words.Count && words[i + 1].Length > 0 && words[i + 1][0] is not ('-' or '+'))
            {
                value = words[++i];
            }

            return word[0] == '+' ? ReadPlus(letter, value, out error) : ReadValue(letter, value, out error);
        }

        return true;
    }

    private bool ReadPlus(char letter, string value, out string error)
    {
        error = "";
        if (letter != 'c')
        {
            error = $"lsof: illegal option character: {letter}";
        }
        else if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int width))
        {
            error = "lsof: +c not followed by width number";
        }
        else
        {
            CommandWidth = width == 0 ? 0 : Math.Max(width, "COMMAND".Length);
        }

        return error.Length == 0;
    }

    private bool ReadValue(char letter, string value, out string error)
    {
        error = "";
        if (value.Length == 0 && letter != 'i')
        {
            error = letter == 's' ? "lsof: -s without PROTOCOL:STATE is not supported" : $"lsof: option -{letter} needs a value";
            return false;
        }

        return letter switch
        {
            'i' => ReadInternet(value, out error),
            's' => ReadStates(value, out error),
            'p' => ReadProcesses(value, out error),
            'c' => ReadList([value], _commands),
            _ => ReadList(value.Split(','), _users),
        };
    }

    private static bool ReadList(string[] names, List<(bool, string)> list)
    {
        foreach (string name in names)
        {
            list.Add(name.StartsWith('^') ? (true, name[1..]) : (false, name));
        }

        return true;
    }

    private bool ReadProcesses(string value, out string error)
    {
        error = "";
        foreach (string text in value.Split(','))
        {
            bool isExcluded = text.StartsWith('^');
            if (!int.TryParse(isExcluded ? text[1..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                error = $"lsof: illegal process ID: {text}";
                return false;
            }

            _processes.Add((isExcluded, id));
        }

        return true;
    }

    private bool ReadStates(string value, out string error)
    {
        error = "";
        int colon = value.IndexOf(':');
        string protocol = colon < 0 ? value : value[..colon];
        if (!protocol.Equals("TCP", StringComparison.OrdinalIgnoreCase) || colon < 0)
        {
            error = protocol.Equals("UDP", StringComparison.OrdinalIgnoreCase) ? $"lsof: no UDP state names available: {value}" : $"lsof: unknown -s protocol: \"{protocol}\"";
            return false;
        }

        foreach (string text in value[(colon + 1)..].Split(','))
        {
            string name = text.TrimStart('^');
            if (!LsofCommand.TryParseState(name, out TcpState state))
            {
                error = $"lsof: unknown TCP state name: {name}";
                return false;
            }

            (text.StartsWith('^') ? _excludedStates : _states).Add(state);
        }

        return true;
    }

    private bool ReadInternet(string value, out string error)
    {
        _wantsInternet = true;
        string rest = value;
        bool? onlyV6 = null;
        if (rest.Length > 0 && rest[0] is '4' or '6')
        {
            onlyV6 = rest[0] == '6';
            rest = rest[1..];
        }

        int end = rest.AsSpan().IndexOfAny('@', ':');
        string protocol = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[end..];
        SsKind? kind = null;
        if (protocol.Length > 0)
        {
            kind = protocol.ToUpperInvariant() switch { "TCP" => SsKind.Tcp, "UDP" => SsKind.Udp, _ => SsKind.Raw };
            if (kind == SsKind.Raw)
            {
                error = $"lsof: unknown protocol name ({protocol}) in: -i {value}";
                return false;
            }
        }

        if (!TrySplitHost(rest, out string host, out string? ports) || !TryFindAddress(host, out IpAddress address))
        {
            error = $"lsof: unknown host name ({rest.TrimStart('@')}) in: -i {value}";
            return false;
        }

        if (!TryParsePorts(ports, kind, value, out List<(int, int)> list, out error))
        {
            return false;
        }

        _internet.Add(new() { OnlyV6 = onlyV6, Kind = kind, Host = address, Ports = list });
        return true;
    }

    // "@HOST", "@[V6]", "@HOST:PORTS", ":PORTS" or nothing. Ports are null if there is no colon.
    private static bool TrySplitHost(string text, out string host, out string? ports)
    {
        (host, ports) = ("", null);
        if (text.StartsWith("@[", StringComparison.Ordinal))
        {
            int close = text.IndexOf(']');
            if (close < 0 || (close + 1 < text.Length && text[close + 1] != ':'))
            {
                return false;
            }

            host = text[2..close];
            ports = close + 1 < text.Length ? text[(close + 2)..] : null;
            return host.Length > 0;
        }

        int colon = text.IndexOf(':');
        ports = colon < 0 ? null : text[(colon + 1)..];
        string before = colon < 0 ? text : text[..colon];
        host = before.TrimStart('@');
        return before.Length == 0 || host.Length > 0;
    }

    private bool TryFindAddress(string host, out IpAddress address)
    {
        address = default;
        return host.Length == 0 || IpAddress.TryParse(host, out address) || _names.TryFindHost(host, out address);
    }

    private bool TryParsePorts(string? text, SsKind? kind, string whole, out List<(int, int)> ports, out string error)
    {
        ports = [];
        error = "";
        if (text is null)
        {
            return true;
        }

        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-');
            string first = dash > 0 ? part[..dash] : part;
            string last = dash > 0 ? part[(dash + 1)..] : part;
            if (TryParsePort(first, kind, out int from) && TryParsePort(last, kind, out int to))
            {
                ports.Add((from, to));
            }
            else if (TryParsePort(part, kind, out int named)) // a name may have a dash
            {
                ports.Add((named, named));
            }
            else
            {
                error = part.Length == 0 ? $"lsof: unacceptable port specification in: -i {whole}" : $"lsof: unknown service {part}{(kind is null ? "" : kind == SsKind.Tcp ? " for tcp" : " for udp")} in: -i {whole}";
                return false;
            }
        }

        return true;
    }

    private bool TryParsePort(string text, SsKind? kind, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
        || (kind != SsKind.Udp && _names.TryFindService(text, udp: false, out port)) || (kind != SsKind.Tcp && _names.TryFindService(text, udp: true, out port));
}
