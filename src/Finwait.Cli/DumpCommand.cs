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

    /// <summary>Runs with the process's own standard streams.</summary>
    public static int Run(string[] args)
    {
        using Stream output = Console.OpenStandardOutput();
        return Run(args, null, output, Console.Error);
    }

    /// <summary>Runs with output to a writer; what is written is text unless <c>-w -</c> asks for a capture.</summary>
    public static int Run(string[] args, Stream? stdin, TextWriter output, TextWriter error)
    {
        using var collected = new WriterStream(output);
        return Run(args, stdin, collected, error);
    }

    /// <summary>Runs with output to a stream.</summary>
    /// <returns>0 done, 1 the capture could not be read to its end, 2 wrong usage.</returns>
    public static int Run(string[] args, Stream? stdin, Stream output, TextWriter error)
    {
        DumpArguments arguments = DumpArguments.Parse(args);
        if (arguments.Error is not null)
        {
            error.WriteLine($"{Name}: {arguments.Error}");
            if (arguments.ShowUsage)
            {
                error.WriteLine($"Usage: {Name} {DumpArguments.Usage}");
            }

            return 2;
        }

        if (arguments.Help || arguments.Version)
        {
            output.Write(Encoding.UTF8.GetBytes(arguments.Version ? $"{Name}: prints as tcpdump 4.99\n" : $"Usage: {Name} {DumpArguments.Usage}\n"));
            return 0;
        }

        if (arguments.ReadFile is null)
        {
            error.WriteLine($"{Name}: no capture to read: name one with -r FILE, or -r - for standard input");
            return 2;
        }

        try
        {
            return Read(arguments, stdin, output, error);
        }
        catch (IOException e) when (!arguments.ReadFile.Contains('\0', StringComparison.Ordinal))
        {
            // Whoever read our output has gone, or the disk is full.
            error.WriteLine($"{Name}: {e.Message}");
            return 1;
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
            error.WriteLine($"{Name}: {fault}");
            return 1;
        }

        error.WriteLine($"reading from file {name}, link-type {LinkTypes.Describe(reader.LinkType)}, snapshot length {reader.SnapLength}");
        return Copy(arguments, reader, output, error);
    }

    private static int Copy(DumpArguments arguments, CaptureReader reader, Stream output, TextWriter error)
    {
        Dictionary<IpAddress, string> hosts = ReadHosts();
        if (!PacketFilter.TryCompile(arguments.Filter, reader.LinkType, out PacketFilter? filter, out FilterError? filterError, hosts))
        {
            error.WriteLine($"{Name}: {filterError}");
            return 1;
        }

        PrintOptions print = arguments.Print with { Zone = LocalZone(), HostNames = hosts };
        var printer = new PacketPrinter(print);
        var text = new TextBuffer();
        long count = 0;
        while (count != arguments.Count && reader.TryRead(out PacketRecord packet))
        {
            if (!filter.Matches(packet))
            {
                continue;
            }

            count++;
            if (arguments.CountOnly)
            {
                continue;
            }

            printer.Print(packet, text);
            if (text.Length >= FlushAt || arguments.Unbuffered)
            {
                output.Write(text.Written);
                text.Clear();
            }
        }

        if (arguments.CountOnly)
        {
            text.Append($"{count} {(count == 1 ? "packet" : "packets")}\n");
        }

        output.Write(text.Written);
        output.Flush();
        if (reader.Error is null)
        {
            return 0;
        }

        error.WriteLine($"{Name}: pcap_loop: {reader.Error}");
        return 1;
    }

    private static Stream? OpenInput(string name, Stream? stdin, TextWriter error)
    {
        if (name == "-")
        {
            return stdin ?? Console.OpenStandardInput();
        }

        if (Directory.Exists(name))
        {
            error.WriteLine($"{Name}: error reading dump file: Is a directory");
            return null;
        }

        try
        {
            return new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            error.WriteLine($"{Name}: {name}: No such file or directory");
        }
        catch (UnauthorizedAccessException)
        {
            error.WriteLine($"{Name}: {name}: Permission denied");
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            error.WriteLine($"{Name}: {name}: {e.Message}");
        }

        return null;
    }

    /// <summary>The changes of this machine's zone in the years a capture can name.</summary>
    private static List<ZoneChange> LocalZone()
    {
        const int DaysUntil2038 = 24855;
        TimeZoneInfo zone = TimeZoneInfo.Local;
        var changes = new List<ZoneChange>();
        int OffsetAt(long seconds) => (int)zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(seconds)).TotalSeconds;
        long before = 0;
        changes.Add(new ZoneChange(before, OffsetAt(before)));
        for (long day = 1; day <= DaysUntil2038; day++)
        {
            long after = day * 86400;
            int offset = OffsetAt(after);
            if (offset != changes[^1].OffsetSeconds)
            {
                long low = before;
                long high = after;
                while (high - low > 1)
                {
                    long middle = (low + high) / 2;
                    (low, high) = OffsetAt(middle) == offset ? (low, middle) : (middle, high);
                }

                changes.Add(new ZoneChange(high, offset));
            }

            before = after;
        }

        return changes.Count == 1 && changes[0].OffsetSeconds == 0 ? [] : changes;
    }

    /// <summary>The names of the hosts file, the first of each line; no name server is asked.</summary>
    private static Dictionary<IpAddress, string> ReadHosts()
    {
        const string HostsFile = "/etc/hosts";
        var names = new Dictionary<IpAddress, string>();
        if (!File.Exists(HostsFile))
        {
            return names;
        }

        try
        {
            foreach (string line in File.ReadLines(HostsFile))
            {
                string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 2 && IpAddress.TryParse(words[0], out IpAddress address))
                {
                    names.TryAdd(address, words[1]);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return names;
        }

        return names;
    }

    /// <summary>A stream that decodes UTF-8 into a writer.</summary>
    private sealed class WriterStream(TextWriter writer) : Stream
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => writer.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            char[] characters = new char[_decoder.GetCharCount(buffer, flush: false)];
            writer.Write(characters, 0, _decoder.GetChars(buffer, characters, flush: false));
        }
    }
}
