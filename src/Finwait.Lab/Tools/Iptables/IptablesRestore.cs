using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary><c>iptables-restore</c>: reads what <c>iptables-save</c> wrote. All of it counts or nothing.</summary>
internal sealed class IptablesRestore
{
    private const int WrongLine = 2;

    private readonly PacketFilter _filter;
    private readonly IptablesTool _tool;
    private readonly ToolContext _context;
    private bool _keeps;
    private bool _counts;
    private bool _isTest;
    private int _line;
    private bool _isInTable;

    /// <summary>A jump to a chain that is not there: the real one says so at the COMMIT.</summary>
    private string? _unknown;

    private IptablesRestore(PacketFilter filter, IptablesTool tool, ToolContext context) => (_filter, _tool, _context) = (filter, tool, context);

    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(IReadOnlyList<string> arguments, PacketFilter filter, IptablesTool tool, ToolContext context, string input)
    {
        var restore = new IptablesRestore(filter, tool, context);
        foreach (string word in arguments)
        {
            switch (word)
            {
                case "-n" or "--noflush":
                    restore._keeps = true;
                    break;
                case "-c" or "--counters":
                    restore._counts = true;
                    break;
                case "-t" or "--test":
                    restore._isTest = true;
                    break;
                case "-v" or "--verbose" or "-w" or "--wait":
                    break;
                default:
                    return ToolResult.Failed(1, word.StartsWith("--", StringComparison.Ordinal) ? $"{tool.Program}: unrecognized option '{word}'\nTry `{tool.Program} -h' for more information."
                        : word.StartsWith('-') ? $"{tool.Program}: invalid option -- '{word[1..]}'\nTry `{tool.Program} -h' for more information." : $"Unable to open '{word}': No such file or directory");
            }
        }

        FilterSnapshot before = FilterSnapshot.Of(filter);
        ToolResult? failure = restore.Read(input);
        if (failure is not null || restore._isTest)
        {
            before.PutBack(filter);
        }

        return failure ?? ToolResult.Done("");
    }

    private ToolResult? Read(string input)
    {
        foreach (string raw in input.Split('\n'))
        {
            _line++;
            string line = raw.TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (!_isInTable && line[0] != '*')
            {
                return ToolResult.Failed(1, $"{_tool.Program}: line {_line.ToString(CultureInfo.InvariantCulture)} failed");
            }

            if (One(line) is { } failure)
            {
                return failure;
            }
        }

        return _isInTable ? ToolResult.Failed(1, $"{_tool.Program}: COMMIT expected at line {_line.ToString(CultureInfo.InvariantCulture)}") : null;
    }

    private ToolResult? One(string line)
    {
        switch (line[0])
        {
            case '*':
                return Table(line[1..].Trim());
            case ':':
                return Chain(line[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            case 'C' when line.TrimEnd() == "COMMIT":
                _isInTable = false;
                return _unknown is null ? null : AtLine(_unknown);
            default:
                return Rule(line);
        }
    }

    private ToolResult? Table(string name)
    {
        if (name is "nat" or "mangle" or "raw" or "security")
        {
            return Wrong($"table '{name}' is not supported, only 'filter' is");
        }

        if (name != "filter")
        {
            return Wrong($"{_tool.Program}: line {_line.ToString(CultureInfo.InvariantCulture)} table name '{name}' invalid");
        }

        _isInTable = true;
        if (!_keeps)
        {
            FilterSnapshot.Empty(_filter);
        }

        return null;
    }

    private ToolResult? Chain(string[] words)
    {
        if (words.Length < 2)
        {
            return Wrong($"{_tool.Program}: line {_line.ToString(CultureInfo.InvariantCulture)} chain name invalid");
        }

        bool isKnown = _filter.TryGetChain(words[0], out FilterChain? chain);
        if (!isKnown && _filter.AddChain(words[0]) != FilterError.None)
        {
            return Wrong($"Invalid chain name `{words[0]}'");
        }

        if (isKnown && !chain!.IsBuiltIn)
        {
            _filter.Flush(words[0]);
        }

        if (words[1] == "-" || chain is not { IsBuiltIn: true })
        {
            return null;
        }

        if (_counts && (words.Length < 3 || !TryCounters(words[2], out _)))
        {
            return Wrong($"invalid policy counters for chain '{words[0]}'");
        }

        if (words[1] is not ("ACCEPT" or "DROP"))
        {
            return ToolResult.Failed(1, $"{_tool.Program}: line {_line.ToString(CultureInfo.InvariantCulture)} failed: Bad policy name.");
        }

        _filter.SetPolicy(words[0], words[1] == "DROP");
        return null;
    }

    private ToolResult? Rule(string line)
    {
        (long, long)? counters = null;
        if (line[0] == '[' && line.IndexOf(']') is > 0 and var end)
        {
            counters = TryCounters(line[..(end + 1)], out (long, long) given) && _counts ? given : null;
            line = line[(end + 1)..].TrimStart();
        }

        List<string> words = Words(line);
        if (IptablesParser.Parse(words, _tool, _context.Names, out IptablesLine parsed) is { } failure)
        {
            // "Try …" stands last, and before it the line.
            int help = failure.Text.IndexOf("Try `", StringComparison.Ordinal);
            string text = help < 0 ? failure.Text : failure.Text[..help];
            return AtLine(text);
        }

        if (parsed.Command is 'L' or 'S' or 'V' or 'h')
        {
            return Wrong("-" + parsed.Command + " is not allowed in the middle of a table");
        }

        ToolResult result = IptablesCommand.Run(parsed with { Counters = counters ?? parsed.Counters }, _filter, _tool, _context);
        if (result.Status == 0)
        {
            return null;
        }

        int tryHelp = result.Error.IndexOf("Try `", StringComparison.Ordinal);
        int colon = result.Error.IndexOf(": ", StringComparison.Ordinal);
        if (tryHelp >= 0)
        {
            _unknown ??= result.Error[..tryHelp];
            return null;
        }

        return ToolResult.Failed(1, $"{_tool.Program}: line {_line.ToString(CultureInfo.InvariantCulture)} failed: {result.Error[(colon + 2)..].TrimEnd('\n')}");
    }

    private ToolResult Wrong(string text) => AtLine($"{_tool.Prefix}{text}\n");

    private ToolResult AtLine(string text) => new(WrongLine, "", $"{text}Error occurred at line: {_line.ToString(CultureInfo.InvariantCulture)}\n{_tool.TryHelp()}");

    private static bool TryCounters(string text, out (long Packets, long Octets) counters)
    {
        counters = default;
        string[] parts = text.Trim('[', ']').Split(':');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long packets) || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long octets))
        {
            return false;
        }

        counters = (packets, octets);
        return true;
    }

    /// <summary>The words of a line; double quotes keep blanks together, and a backslash takes the meaning of what follows.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        (bool isQuoted, bool isThere) = (false, false);
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && i + 1 < line.Length && isQuoted)
            {
                word.Append(line[++i]);
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
                isThere = true;
            }
            else if (c is ' ' or '\t' && !isQuoted)
            {
                if (isThere)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    isThere = false;
                }
            }
            else
            {
                word.Append(c);
                isThere = true;
            }
        }

        if (isThere)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}

/// <summary>The rules of a filter, to be put back.</summary>
internal sealed class FilterSnapshot
{
    private readonly List<(string Name, bool IsBuiltIn, bool PolicyIsDrop, (FilterMatch Match, FilterTarget Target, long Packets, long Octets)[] Rules)> _chains = [];

    public static FilterSnapshot Of(PacketFilter filter)
    {
        var snapshot = new FilterSnapshot();
        foreach (FilterChain chain in filter.Chains)
        {
            snapshot._chains.Add((chain.Name, chain.IsBuiltIn, chain.PolicyIsDrop, [.. chain.Rules.Select(rule => (rule.Match, rule.Target, rule.Packets, rule.Octets))]));
        }

        return snapshot;
    }

    /// <summary>Takes away all rules and all chains of the user; the policies stay.</summary>
    public static void Empty(PacketFilter filter)
    {
        foreach (FilterChain chain in filter.Chains.ToArray())
        {
            filter.Flush(chain.Name);
        }

        foreach (FilterChain chain in filter.Chains.Where(chain => !chain.IsBuiltIn).ToArray())
        {
            filter.RemoveChain(chain.Name);
        }
    }

    public void PutBack(PacketFilter filter)
    {
        Empty(filter);
        foreach ((string name, bool isBuiltIn, bool policyIsDrop, _) in _chains)
        {
            _ = isBuiltIn ? filter.SetPolicy(name, policyIsDrop) : filter.AddChain(name);
        }

        foreach ((string name, _, _, var rules) in _chains)
        {
            foreach ((FilterMatch match, FilterTarget target, long packets, long octets) in rules)
            {
                filter.Append(name, match, target);
                if (filter.TryGetChain(name, out FilterChain? chain))
                {
                    (chain.Rules[^1].Packets, chain.Rules[^1].Octets) = (packets, octets);
                }
            }
        }
    }
}
