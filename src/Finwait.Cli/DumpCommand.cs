using System.Text;
using Finwait.Capture;
using Finwait.Inspect;
using Finwait.Wire;

namespace Finwait.Cli;

/// <summary><c>finwait dump</c>: tcpdump's flags, filter and text on capture files.</summary>
internal static class DumpCommand
{
    private const string Name = "finwait dump";
    private const int FlushAt = 1 << 16;
    private const string LiveIsMissing = "capturing live is not there yet; read a capture with -r FILE, or with -r - from standard input";

    /// <summary>What works on files; the flags that concern interfaces are taken and change nothing.</summary>
    private const string Usage =
        """
        [-AehKlnNqStUvxX#] [ -c count ] [ --count ] [ -F file ] [ --number ]
        		[ --print ] -r file [ --style classic|modern ]
        		[ --time-stamp-precision precision ]
        		[ --micro ] [ --nano ] [ --version ] [ -w file ] [ expression ]
        """;

    /// <summary>Runs with the process's own standard streams.</summary>
    public static int Run(string[] args)
    {
        using Stream output = Console.OpenStandardOutput();
        return Run(args, null, output, Console.Error);
    }

    /// <summary>Runs with output to a stream; what is written is text unless <c>-w -</c> asks for a capture.</summary>
    /// <returns>0 done, 1 what was asked for failed, 2 wrong usage.</returns>
    public static int Run(string[] args, Stream? stdin, Stream output, TextWriter error)
    {
        DumpArguments arguments = DumpArguments.Parse(args);
        if (arguments.Error is not null)
        {
            error.WriteLine($"{Name}: {arguments.Error}");
            if (arguments.ShowUsage)
            {
                error.WriteLine($"Usage: {Name} {Usage}");
            }

            return 2;
        }

        if (arguments.Help || arguments.Version)
        {
            output.Write(Encoding.UTF8.GetBytes(arguments.Version ? $"{Name}: prints as tcpdump 4.99\n" : $"Usage: {Name} {Usage}\n"));
            return 0;
        }

        if (arguments.ListInterfaces || (arguments.ListLinkTypes && arguments.ReadFile is null))
        {
            return Fail(error, $"no interfaces to list: {LiveIsMissing}");
        }

        if (arguments.ReadFile is null)
        {
            return Fail(error, LiveIsMissing);
        }

        try
        {
            return Read(arguments, stdin, output, error);
        }
        catch (IOException e)
        {
            // Whoever read our output has gone, or the disk is full.
            return Fail(error, e.Message);
        }
    }

    private static int Read(DumpArguments arguments, Stream? stdin, Stream output, TextWriter error)
    {
        string name = arguments.ReadFile!;
        using Stream? input = OpenInput(name, stdin, error);
        if (input is null)
        {
            return 1;
        }

        if (!CaptureReader.TryOpen(input, out CaptureReader? reader, out string? fault))
        {
            return Fail(error, fault);
        }

        error.WriteLine($"reading from file {name}, link-type {LinkTypes.Describe(reader.LinkType)}, snapshot length {reader.SnapLength}");
        bool hasInterfaces = reader.LinkType == LinkType.LinuxSll2;
        if (hasInterfaces)
        {
            error.WriteLine("Warning: interface names might be incorrect");
        }

        if (!TryReadFilter(arguments, error, out string expression))
        {
            return 1;
        }

        if (!LinkTypes.IsKnown(reader.LinkType))
        {
            return Fail(error, $"unknown data link type {(int)reader.LinkType} (min 104, max 289)");
        }

        Dictionary<IpAddress, string> hosts = DumpMachine.ReadHosts();
        if (!PacketFilter.TryCompile(expression, reader.LinkType, out PacketFilter? filter, out FilterError? filterError, hosts))
        {
            return Fail(error, filterError.ToString());
        }

        if (arguments.WriteFile is not { } file)
        {
            return Copy(arguments, reader, filter, Printer(arguments, hosts, hasInterfaces), null, output, error);
        }

        using Stream? written = OpenOutput(file, output, error);
        if (written is null)
        {
            return 1;
        }

        // As with tcpdump, the text goes where the capture goes if both are to go to standard output.
        PacketPrinter? printer = arguments.PrintWhileWriting ? Printer(arguments, hosts, hasInterfaces) : null;
        var writer = new PcapWriter(written, reader.LinkType, reader.SnapLength, arguments.Print.Nanoseconds);
        return Copy(arguments, reader, filter, printer, writer, output, error);
    }

    private static PacketPrinter Printer(DumpArguments arguments, Dictionary<IpAddress, string> hosts, bool hasInterfaces) => new(arguments.Print with
    {
        Zone = DumpMachine.LocalZone(),
        HostNames = hosts,
        InterfaceNames = hasInterfaces ? DumpMachine.InterfaceNames() : null,
    });

    /// <summary>Prints, writes or counts the packets that the filter lets pass.</summary>
    private static int Copy(DumpArguments arguments, CaptureReader reader, PacketFilter filter, PacketPrinter? printer, PcapWriter? writer, Stream output, TextWriter error)
    {
        var text = new TextBuffer();
        long count = 0;
        while (count != arguments.Count && reader.TryRead(out PacketRecord packet))
        {
            if (!filter.Matches(packet))
            {
                continue;
            }

            count++;
            writer?.Write(packet);
            if (!arguments.CountOnly)
            {
                printer?.Print(packet, text);
            }

            if (text.Length >= FlushAt || arguments.Unbuffered)
            {
                writer?.Flush();
                output.Write(text.Written);
                text.Clear();
            }
        }

        if (arguments.CountOnly)
        {
            writer?.Flush();
            text.Append($"{count} {(count == 1 ? "packet" : "packets")}\n");
        }

        // The text first: what was read is shown even where the disk that the capture goes to is full.
        output.Write(text.Written);
        output.Flush();
        writer?.Flush();
        return reader.Error is null ? 0 : Fail(error, $"pcap_loop: {reader.Error}");
    }

    /// <summary>The expression of the command line or, with <c>-F</c>, that of a file, in which what stands behind a # is a comment.</summary>
    private static bool TryReadFilter(DumpArguments arguments, TextWriter error, out string expression)
    {
        expression = arguments.Filter;
        if (arguments.FilterFile is not { } name)
        {
            return true;
        }

        if (Directory.Exists(name))
        {
            Fail(error, $"read {name}: Is a directory");
            return false;
        }

        try
        {
            if (!TryReadAtMost(name, PacketFilter.MaximumLength, out string text))
            {
                Fail(error, $"{name}: the filter has more than {PacketFilter.MaximumLength} characters");
                return false;
            }

            IEnumerable<string> lines = text.Split('\n').Select(line => line.Split('#')[0]);
            expression = string.Join('\n', lines);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Fail(error, $"can't open {name}: {Describe(e)}");
            return false;
        }
    }

    /// <summary>The text of a file; false if it has more characters: a device may never end.</summary>
    private static bool TryReadAtMost(string name, int most, out string text)
    {
        using var reader = new StreamReader(name, Encoding.Latin1);
        char[] read = new char[most + 1];
        int length = reader.ReadBlock(read);
        text = new string(read, 0, length);
        return length <= most;
    }

    private static Stream? OpenInput(string name, Stream? stdin, TextWriter error)
    {
        if (name == "-")
        {
            return stdin ?? Console.OpenStandardInput();
        }

        if (Directory.Exists(name))
        {
            Fail(error, "error reading dump file: Is a directory");
            return null;
        }

        try
        {
            return new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Fail(error, $"{name}: {Describe(e)}");
            return null;
        }
    }

    private static Stream? OpenOutput(string name, Stream output, TextWriter error)
    {
        if (name == "-")
        {
            return output;
        }

        if (Directory.Exists(name))
        {
            Fail(error, $"{name}: Is a directory");
            return null;
        }

        try
        {
            return new FileStream(name, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Fail(error, $"{name}: {Describe(e)}");
            return null;
        }
    }

    /// <summary>The C library's words, which tcpdump prints.</summary>
    private static string Describe(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException or ArgumentException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => e.Message,
    };

    private static int Fail(TextWriter error, string text)
    {
        error.WriteLine($"{Name}: {text}");
        return 1;
    }
}
