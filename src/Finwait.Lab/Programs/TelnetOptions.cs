namespace Finwait.Lab;

/// <summary>The command line of inetutils' telnet, understood.</summary>
internal sealed class TelnetOptions
{
    /// <summary>The status of a command line that getopt refuses (EX_USAGE).</summary>
    private const int UsageStatus = 64;

    private const string Usage = """
        Usage: telnet [-4] [-6] [-8] [-a] [-b ADDRESS] [-c] [-d] [-e CHARACTER] [-E] [-K] [-l USER] [-L] [-x] [HOST [PORT]]

        """;

    private static readonly ToolOption[] s_known =
    [
        new('4', "ipv4"), new('6', "ipv6"), new('8', "binary"), new('a', "login"), new('b', "bind", true), new('c', "no-rc"), new('d', "debug"), new('e', "escape", true), new('E', "no-escape"),
        new('k', "realm", true), new('K', "no-login"), new('l', "user", true), new('L', "binary-output"), new('n', "trace", true), new('r', "rlogin"), new('V', "version"), new('x', "encrypt"),
        new('X', "disable-auth", true), new('\0', "help"), new('\0', "usage"), new('?', ""),
    ];

    private static readonly ToolOption[] s_ofOpen = [new('4', ""), new('6', ""), new('a', ""), new('b', "", true), new('l', "", true)];

    /// <summary>The host and the port.</summary>
    public IReadOnlyList<string> Words { get; private set; } = [];

    /// <summary><c>-4</c> or <c>-6</c>; null without.</summary>
    public bool? IsV6 { get; private set; }

    /// <summary>The address to bind to; null for none.</summary>
    public string? Bind { get; private set; }

    /// <summary>True if the user's name is offered: <c>-a</c>, <c>-l</c>.</summary>
    public bool LogsIn { get; private set; }

    /// <summary>Eight bits are asked for in what is sent.</summary>
    public bool SendsBinary { get; private set; }

    /// <summary>Eight bits are asked for in what comes.</summary>
    public bool ReceivesBinary { get; private set; }

    /// <summary><c>-e</c> and <c>-E</c>.</summary>
    public TelnetEscape Escape { get; private set; } = TelnetEscape.Usual;

    /// <summary>What <c>-e</c> says on standard output.</summary>
    public string Remark { get; private set; } = "";

    /// <summary>What is printed on standard output instead of connecting.</summary>
    public string? Answer { get; private set; }

    /// <summary>What is printed on standard error instead of connecting.</summary>
    public string? Error { get; private set; }

    public int Status { get; private set; }

    public static TelnetOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TelnetOptions();
        if (!OptionReader.TryRead("telnet", arguments, s_known, out OptionReader read, out string error))
        {
            options.Fail(error + "\nTry 'telnet --help' or 'telnet --usage' for more information.", UsageStatus);
            return options;
        }

        foreach ((ToolOption option, string value) in read.Options)
        {
            options.Take(option, value);
        }

        options.Words = read.Operands;
        if (options.Words.Count > 2)
        {
            options.Fail("telnet: too many arguments", 1);
        }

        return options;
    }

    /// <summary>The words behind <c>open</c>; null where they are not understood.</summary>
    public static TelnetOptions? ParseOpen(IReadOnlyList<string> words)
    {
        // -23 is a port here, with the offers of port 23.
        bool isPort = words.Count > 1 && words[^1] is ['-', >= '0' and <= '9', ..] && words[^1] is not ("-4" or "-6");
        if (!OptionReader.TryRead("telnet", isPort ? [.. words.SkipLast(1)] : words, s_ofOpen, out OptionReader read, out _))
        {
            return null;
        }

        var options = new TelnetOptions();
        foreach ((ToolOption option, string value) in read.Options)
        {
            options.Take(option, value);
        }

        options.Words = isPort ? [.. read.Operands, words[^1]] : read.Operands;
        return options.Words.Count is 1 or 2 ? options : null;
    }

    private void Take(ToolOption option, string value)
    {
        switch (option.Letter)
        {
            case '4' or '6': IsV6 = option.Letter == '6'; break;
            case '8': (SendsBinary, ReceivesBinary) = (true, true); break;
            case 'L': SendsBinary = true; break;
            case 'a' or 'l': LogsIn = true; break;
            case 'K': LogsIn = false; break;
            case 'b': Bind = value; break;
            case 'e':
                Escape = TelnetEscape.Parse(value);
                Remark += $"Telnet escape character is '{Escape}'.\n";
                break;
            case 'E': Escape = TelnetEscape.Off; break;
            case 'n' or 'r': Fail($"telnet: the lab's telnet does not have -{option.Letter}", 1); break;
            case 'V': Answer ??= "telnet of the lab, as that of GNU inetutils 2.4\n"; break;
            case '\0' or '?': Answer ??= Usage; break;
        }
    }

    private void Fail(string error, int status)
    {
        if (Error is null)
        {
            (Error, Status) = (error + "\n", status);
        }
    }
}
