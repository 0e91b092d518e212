namespace Finwait.Inspect;

/// <summary>tcpdump's command line, read as tcpdump reads it: clustered flags (<c>-SnXr file</c>), long names that may be cut short, flags and filter words in any order.</summary>
public sealed partial record DumpArguments
{
    /// <summary>What is wrong with the command line, in tcpdump's words without its name in front; null if nothing is.</summary>
    public string? Error { get; init; }

    /// <summary>True if the usage is to follow <see cref="Error"/> (a flag that does not exist).</summary>
    public bool ShowUsage { get; init; }

    /// <summary><c>-h</c> or <c>--help</c>.</summary>
    public bool Help { get; init; }

    /// <summary><c>--version</c>.</summary>
    public bool Version { get; init; }

    /// <summary><c>-D</c>: list the interfaces.</summary>
    public bool ListInterfaces { get; init; }

    /// <summary><c>-L</c>: list the link types of the interface.</summary>
    public bool ListLinkTypes { get; init; }

    /// <summary><c>-r FILE</c>: the capture to read, <c>-</c> being standard input; null to capture live.</summary>
    public string? ReadFile { get; init; }

    /// <summary><c>-w FILE</c>: write packets instead of printing them, <c>-</c> being standard output.</summary>
    public string? WriteFile { get; init; }

    /// <summary><c>--print</c>: print packets although they are written to a file.</summary>
    public bool PrintWhileWriting { get; init; }

    /// <summary><c>-i NAME</c>.</summary>
    public string? Interface { get; init; }

    /// <summary><c>-c N</c>: stop after N packets; null for no limit.</summary>
    public int? Count { get; init; }

    /// <summary><c>--count</c>: print only the number of packets.</summary>
    public bool CountOnly { get; init; }

    /// <summary><c>-s N</c>: most octets kept of a live packet. 262144 by default.</summary>
    public int SnapLength { get; init; } = Capture.LinkTypes.MaximumSnapLength;

    /// <summary><c>-l</c> or <c>-U</c>: what is printed or written goes out packet by packet.</summary>
    public bool Unbuffered { get; init; }

    /// <summary><c>-Q in|out|inout</c>; null for both.</summary>
    public string? Direction { get; init; }

    /// <summary><c>-F FILE</c>: the filter stands in a file, and what stands on the command line does not count.</summary>
    public string? FilterFile { get; init; }

    /// <summary>The filter expression; empty for all packets.</summary>
    public string Filter { get; init; } = "";

    /// <summary>How packets are printed. The zone, host names and interface names are the caller's to add.</summary>
    public PrintOptions Print { get; init; } = new();

    /// <summary>The usage lines, without the name of the program in front.</summary>
    public static string Usage =>
        """
        [-ADehKlnNpqStUvxX#] [ -c count ] [ --count ] [ -i interface ]
        		[ --immediate-mode ] [ --number ] [ --print ] [ -Q in|out|inout ]
        		[ -r file ] [ -s snaplen ] [ --style classic|modern ]
        		[ --time-stamp-precision precision ]
        		[ --micro ] [ --nano ] [ --version ] [ -w file ] [ expression ]
        """;

    /// <summary>Reads a command line, the program's name not among it. Nothing is thrown: a user's mistake is told by <see cref="Error"/>.</summary>
    public static DumpArguments Parse(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var reader = new Reader(arguments);
        return reader.Read();
    }
}
