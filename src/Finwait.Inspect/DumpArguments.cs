using System.Globalization;

namespace Finwait.Inspect;

/// <summary>tcpdump's command line, read as tcpdump reads it: clustered flags (<c>-SnXr file</c>), long names that may be cut short, flags and filter words in any order.</summary>
public sealed record DumpArguments
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
        [-AbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]
        		[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
        		[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
        		[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
        		[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
        		[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
        		[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
        		[ -z postrotate-command ] [ -Z user ] [ expression ]
        """;

    /// <summary>Reads a command line, the program's name not among it. Nothing is thrown: a user's mistake is told by <see cref="Error"/>.</summary>
    public static DumpArguments Parse(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var reader = new Reader(arguments);
        return reader.Read();
    }

    private sealed class Reader(IReadOnlyList<string> arguments)
    {
        /// <summary>Long names; those with a letter are the same as that flag, a capital or small one that takes a value if it is in <see cref="WithValue"/>.</summary>
        private static readonly (string Name, char Flag)[] LongNames =
        [
            ("buffer-size", 'B'), ("list-interfaces", 'D'), ("help", 'h'), ("interface", 'i'), ("monitor-mode", 'I'), ("time-stamp-type", 'j'),
            ("list-time-stamp-types", 'J'), ("micro", Micro), ("nano", Nano), ("dont-verify-checksums", 'K'), ("list-data-link-types", 'L'),
            ("no-optimize", 'O'), ("no-promiscuous-mode", 'p'), ("direction", 'Q'), ("snapshot-length", 's'), ("linktype", 'y'),
            ("immediate-mode", ImmediateMode), ("relinquish-privileges", 'Z'), ("count", CountFlag), ("number", '#'), ("print", PrintFlag),
            ("version", VersionFlag), ("time-stamp-precision", Precision),
        ];

        private const char Micro = '\x01';
        private const char Nano = '\x02';
        private const char ImmediateMode = '\x03';
        private const char CountFlag = '\x04';
        private const char PrintFlag = '\x05';
        private const char VersionFlag = '\x06';
        private const char Precision = '\x07';
        private const string WithValue = "BcCEFGijmMQrsTVwWyzZ\x07";
        private const string WithoutValue = "aAbdDefhHIJKlLnNOpqStuUvxX#\x01\x02\x03\x04\x05\x06";

        private readonly List<string> _words = [];
        private DumpArguments _result = new();
        private int _timeCount;
        private int _hexCount;
        private int _hexAsciiCount;
        private int _asciiCount;
        private bool _hasFileOfNames;

        public DumpArguments Read()
        {
            int at = 0;
            bool flagsEnded = false;
            while (at < arguments.Count && _result.Error is null && !_result.Help && !_result.Version)
            {
                string argument = arguments[at++];
                if (flagsEnded || argument.Length < 2 || argument[0] != '-')
                {
                    _words.Add(argument);
                }
                else if (argument == "--")
                {
                    flagsEnded = true;
                }
                else if (argument.StartsWith("--", StringComparison.Ordinal))
                {
                    ReadLong(argument[2..], ref at);
                }
                else
                {
                    ReadCluster(argument, ref at);
                }
            }

            return _result.Error is null ? Finish() : _result;
        }

        private void ReadCluster(string cluster, ref int at)
        {
            for (int i = 1; i < cluster.Length && _result.Error is null; i++)
            {
                char flag = cluster[i];
                if (flag >= ' ' && WithValue.Contains(flag, StringComparison.Ordinal))
                {
                    string value;
                    if (i + 1 < cluster.Length)
                    {
                        value = cluster[(i + 1)..];
                    }
                    else if (at < arguments.Count)
                    {
                        value = arguments[at++];
                    }
                    else
                    {
                        Fail($"option requires an argument -- '{flag}'", usage: true);
                        return;
                    }

                    TakeValue(flag, value);
                    return;
                }

                if (flag < ' ' || !WithoutValue.Contains(flag, StringComparison.Ordinal))
                {
                    Fail($"invalid option -- '{flag}'", usage: true);
                    return;
                }

                Take(flag);
            }
        }

        private void ReadLong(string argument, ref int at)
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? argument : argument[..equals];
            var matches = LongNames.Where(candidate => candidate.Name == name).ToList();
            if (matches.Count == 0)
            {
                matches = [.. LongNames.Where(candidate => candidate.Name.StartsWith(name, StringComparison.Ordinal))];
            }

            if (matches.Count == 0)
            {
                Fail($"unrecognized option '--{argument}'", usage: true);
                return;
            }

            if (matches.Count > 1)
            {
                string possibilities = string.Join(' ', matches.Select(match => $"'--{match.Name}'"));
                Fail($"option '--{argument}' is ambiguous; possibilities: {possibilities}", usage: true);
                return;
            }

            (string full, char flag) = matches[0];
            if (!WithValue.Contains(flag, StringComparison.Ordinal))
            {
                if (equals >= 0)
                {
                    Fail($"option '--{full}' doesn't allow an argument", usage: true);
                    return;
                }

                Take(flag);
                return;
            }

            if (equals < 0 && at >= arguments.Count)
            {
                Fail($"option '--{full}' requires an argument", usage: true);
                return;
            }

            TakeValue(flag, equals < 0 ? arguments[at++] : argument[(equals + 1)..]);
        }

        private void Take(char flag)
        {
            PrintOptions print = _result.Print;
            switch (flag)
            {
                case 'A':
                    _asciiCount++;
                    break;
                case 'd':
                    Fail("-d (printing the compiled filter) is not supported; leave it out", usage: false);
                    break;
                case 'D':
                    _result = _result with { ListInterfaces = true };
                    break;
                case 'e':
                    _result = _result with { Print = print with { LinkHeader = true } };
                    break;
                case 'h':
                    _result = _result with { Help = true };
                    break;
                case 'I':
                    Fail("monitor mode (-I) is not supported; leave it out", usage: false);
                    break;
                case 'J':
                    Fail("listing time stamp types (-J) is not supported; leave it out", usage: false);
                    break;
                case 'K':
                    _result = _result with { Print = print with { SkipChecksums = true } };
                    break;
                case 'l' or 'U' or ImmediateMode:
                    _result = _result with { Unbuffered = true };
                    break;
                case 'L':
                    _result = _result with { ListLinkTypes = true };
                    break;
                case 'n':
                    _result = _result with { Print = print with { Numeric = true } };
                    break;
                case 'N':
                    _result = _result with { Print = print with { ShortHostNames = true } };
                    break;
                case 'q':
                    _result = _result with { Print = print with { Quietness = print.Quietness + 1 } };
                    break;
                case 'S':
                    _result = _result with { Print = print with { AbsoluteSequenceNumbers = true } };
                    break;
                case 't':
                    _timeCount++;
                    break;
                case 'v':
                    _result = _result with { Print = print with { Verbosity = print.Verbosity + 1 } };
                    break;
                case 'x':
                    _hexCount++;
                    break;
                case 'X':
                    _hexAsciiCount++;
                    break;
                case '#':
                    _result = _result with { Print = print with { Numbered = true } };
                    break;
                case Micro or Nano:
                    _result = _result with { Print = print with { Nanoseconds = flag == Nano } };
                    break;
                case CountFlag:
                    _result = _result with { CountOnly = true };
                    break;
                case PrintFlag:
                    _result = _result with { PrintWhileWriting = true };
                    break;
                case VersionFlag:
                    _result = _result with { Version = true };
                    break;
                default:
                    // -a -b -f -H -O -p -u change nothing that is printed here.
                    break;
            }
        }

        private void TakeValue(char flag, string value)
        {
            switch (flag)
            {
                case 'c':
                    if (!TryNumber(value, out long count) || count <= 0)
                    {
                        Fail($"invalid packet count {value}", usage: false);
                        break;
                    }

                    _result = _result with { Count = (int)Math.Min(count, int.MaxValue) };
                    break;
                case 's':
                    if (!TryNumber(value, out long snapLength) || snapLength < 0 || snapLength > Capture.LinkTypes.MaximumSnapLength)
                    {
                        Fail($"invalid snaplen {value} (must be >= 0 and <= {Capture.LinkTypes.MaximumSnapLength})", usage: false);
                        break;
                    }

                    _result = _result with { SnapLength = snapLength == 0 ? Capture.LinkTypes.MaximumSnapLength : (int)snapLength };
                    break;
                case 'F':
                    _result = _result with { FilterFile = value };
                    break;
                case 'i':
                    _result = _result with { Interface = value };
                    break;
                case 'r':
                    _result = _result with { ReadFile = value };
                    break;
                case 'V':
                    _hasFileOfNames = true;
                    break;
                case 'w':
                    _result = _result with { WriteFile = value };
                    break;
                case 'Q':
                    if (value is not ("in" or "out" or "inout"))
                    {
                        Fail($"unknown capture direction `{value}'", usage: false);
                        break;
                    }

                    _result = _result with { Direction = value == "inout" ? null : value };
                    break;
                case Precision:
                    if (value is not ("micro" or "nano"))
                    {
                        Fail("unsupported time stamp precision", usage: false);
                        break;
                    }

                    _result = _result with { Print = _result.Print with { Nanoseconds = value == "nano" } };
                    break;
                case 'B' or 'j' or 'y' or 'Z':
                    // They concern a live capture by libpcap.
                    break;
                default:
                    Fail($"-{flag} is not supported; leave it out", usage: false);
                    break;
            }
        }

        private DumpArguments Finish()
        {
            if (_result.Help || _result.Version)
            {
                return _result;
            }

            if (_timeCount > 5)
            {
                return _result with { Error = "only -t, -tt, -ttt, -tttt and -ttttt are supported" };
            }

            if (_hasFileOfNames)
            {
                return _result with { Error = _result.ReadFile is null ? "-V is not supported; give the files one by one with -r" : "-V and -r are mutually exclusive." };
            }

            PacketDump dump = _hexAsciiCount > 0 ? PacketDump.HexAndAscii : _hexCount > 0 ? PacketDump.Hex : _asciiCount > 0 ? PacketDump.Ascii : PacketDump.None;
            int dumpCount = _hexAsciiCount > 0 ? _hexAsciiCount : _hexCount > 0 ? _hexCount : _asciiCount;
            return _result with
            {
                Filter = string.Join(' ', _words),
                Print = _result.Print with
                {
                    TimeFormat = _timeCount switch
                    {
                        0 => TimeFormat.TimeOfDay,
                        1 => TimeFormat.None,
                        2 => TimeFormat.SinceEpoch,
                        3 => TimeFormat.SincePrevious,
                        4 => TimeFormat.DateAndTime,
                        _ => TimeFormat.SinceFirst,
                    },
                    Dump = dump,
                    DumpLinkHeader = dumpCount > 1,
                },
            };
        }

        private void Fail(string error, bool usage) => _result = _result with { Error = error, ShowUsage = usage };

        private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
