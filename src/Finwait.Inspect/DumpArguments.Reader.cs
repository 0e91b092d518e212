using System.Globalization;

namespace Finwait.Inspect;

/// <content>Reading the command line word by word.</content>
public sealed partial record DumpArguments
{
    private sealed class Reader(IReadOnlyList<string> arguments)
    {
        /// <summary>Long names; those with a letter are the same as that flag, a capital or small one that takes a value if it is in <see cref="WithValue"/>.</summary>
        private static readonly (string Name, char Flag)[] LongNames =
        [
            ("buffer-size", 'B'), ("list-interfaces", 'D'), ("help", 'h'), ("interface", 'i'), ("monitor-mode", 'I'), ("time-stamp-type", 'j'),
            ("list-time-stamp-types", 'J'), ("micro", Micro), ("nano", Nano), ("dont-verify-checksums", 'K'), ("list-data-link-types", 'L'),
            ("no-optimize", 'O'), ("no-promiscuous-mode", 'p'), ("direction", 'Q'), ("snapshot-length", 's'), ("linktype", 'y'),
            ("immediate-mode", ImmediateMode), ("relinquish-privileges", 'Z'), ("count", CountFlag), ("number", '#'), ("print", PrintFlag),
            ("version", VersionFlag), ("time-stamp-precision", Precision), ("style", Style),
        ];

        private static readonly string[] TimeStampTypes = ["host", "host_lowprec", "host_hiprec", "host_hiprec_unsynced", "adapter", "adapter_unsynced"];

        private const char Micro = '\x01';
        private const char Nano = '\x02';
        private const char ImmediateMode = '\x03';
        private const char CountFlag = '\x04';
        private const char PrintFlag = '\x05';
        private const char VersionFlag = '\x06';
        private const char Precision = '\x07';
        private const char Style = '\x08';
        private const string WithValue = "BcCEFGijmMQrsTVwWyzZ\x07\x08";
        private const string WithoutValue = "aAbdDefhHIJKlLnNOpqStuUvxX#\x01\x02\x03\x04\x05\x06";

        private readonly List<string> _words = [];
        private DumpArguments _result = new();
        private int _timeCount;
        private int _hexCount;
        private int _hexAsciiCount;
        private int _asciiCount;
        private bool _hasFileOfNames;
        private bool _keepsForeignNumbers;
        private bool _monitors;

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

        /// <summary>A flag without a value.</summary>
        private void Take(char flag)
        {
            switch (flag)
            {
                case 'd':
                    Fail("-d (printing the compiled filter) is not supported; leave it out", usage: false);
                    break;
                case 'D':
                    _result = _result with { ListInterfaces = true };
                    break;
                case 'f':
                    _keepsForeignNumbers = true;
                    break;
                case 'h':
                    _result = _result with { Help = true };
                    break;
                case 'I':
                    _monitors = true;
                    break;
                case 'J':
                    Fail("listing time stamp types (-J) is not supported; leave it out", usage: false);
                    break;
                case 'l' or 'U' or ImmediateMode:
                    _result = _result with { Unbuffered = true };
                    break;
                case 'L':
                    _result = _result with { ListLinkTypes = true };
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
                    TakeForPrinting(flag);
                    break;
            }
        }

        /// <summary>A flag about the text of packets. Those that are not named here (-a -b -H -O -p -u) change nothing that is printed.</summary>
        private void TakeForPrinting(char flag)
        {
            _timeCount += flag == 't' ? 1 : 0;
            _hexCount += flag == 'x' ? 1 : 0;
            _hexAsciiCount += flag == 'X' ? 1 : 0;
            _asciiCount += flag == 'A' ? 1 : 0;
            PrintOptions print = _result.Print;
            _result = _result with
            {
                Print = flag switch
                {
                    'e' => print with { LinkHeader = true },
                    'K' => print with { SkipChecksums = true },
                    'n' => print with { Numeric = true },
                    'N' => print with { ShortHostNames = true },
                    'q' => print with { Quietness = print.Quietness + 1 },
                    'S' => print with { AbsoluteSequenceNumbers = true },
                    'v' => print with { Verbosity = print.Verbosity + 1 },
                    '#' => print with { Numbered = true },
                    Micro or Nano => print with { Nanoseconds = flag == Nano },
                    _ => print,
                },
            };
        }

        /// <summary>A flag with a value.</summary>
        private void TakeValue(char flag, string value)
        {
            switch (flag)
            {
                case 'B' or 'c' or 's':
                    TakeNumber(flag, value);
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
                case 'Z':
                    // Whose rights are taken concerns a live capture.
                    break;
                case 'j' or 'Q' or 'y' or Precision or Style:
                    TakeName(flag, value);
                    break;
                default:
                    Fail($"-{flag} is not supported; leave it out", usage: false);
                    break;
            }
        }

        private void TakeNumber(char flag, string value)
        {
            bool isNumber = TryNumber(value, out long number);
            switch (flag)
            {
                case 'c' when isNumber && number > 0:
                    _result = _result with { Count = (int)Math.Min(number, int.MaxValue) };
                    break;
                case 'c':
                    Fail($"invalid packet count {value}", usage: false);
                    break;
                case 's' when isNumber && number is >= 0 and <= Capture.LinkTypes.MaximumSnapLength:
                    _result = _result with { SnapLength = number == 0 ? Capture.LinkTypes.MaximumSnapLength : (int)number };
                    break;
                case 's':
                    Fail($"invalid snaplen {value} (must be >= 0 and <= {Capture.LinkTypes.MaximumSnapLength})", usage: false);
                    break;
                case 'B' when !isNumber || number <= 0:
                    Fail($"invalid packet buffer size {value}", usage: false);
                    break;
            }
        }

        /// <summary>A value that is one of several words; time stamp and link types concern a live capture and change nothing here.</summary>
        private void TakeName(char flag, string value)
        {
            switch (flag)
            {
                case 'j' when !TimeStampTypes.Contains(value, StringComparer.OrdinalIgnoreCase):
                    Fail($"invalid time stamp type {value}", usage: false);
                    break;
                case 'y' when !Capture.LinkTypes.IsName(value):
                    Fail($"invalid data link type {value}", usage: false);
                    break;
                case 'Q' when value is "in" or "out" or "inout":
                    _result = _result with { Direction = value == "inout" ? null : value };
                    break;
                case 'Q':
                    Fail($"unknown capture direction `{value}'", usage: false);
                    break;
                case Precision when value is "micro" or "nano":
                    _result = _result with { Print = _result.Print with { Nanoseconds = value == "nano" } };
                    break;
                case Style when value is "classic" or "modern":
                    _result = _result with { Print = _result.Print with { Style = value == "classic" ? PrintStyle.Classic : PrintStyle.Modern } };
                    break;
                case Style:
                    Fail($"there is no style '{value}'; classic is tcpdump 3's, modern today's", usage: false);
                    break;
                case Precision:
                    Fail("unsupported time stamp precision", usage: false);
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

            if (_result.Print is { Style: PrintStyle.Classic, LinkHeader: true })
            {
                return _result with { Error = "--style classic has no link-level header; leave out -e" };
            }

            if (_keepsForeignNumbers && _result.ReadFile is not null)
            {
                return _result with { Error = "-f can not be used with -V or -r" };
            }

            if (_monitors && _result.ReadFile is null)
            {
                return _result with { Error = "monitor mode (-I) is not supported; leave it out" };
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
