using System.Globalization;
using Finwait.Capture;
using Finwait.Inspect;
using Finwait.Stack;
using CaptureFilter = Finwait.Inspect.PacketFilter;

namespace Finwait.Lab;

/// <summary>tcpdump: live on an interface of the host, into a file, or from one.</summary>
internal sealed class TcpdumpProcess : LabProcess
{
    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly DumpArguments _arguments;
    private readonly Queue<LabFrame> _waiting = new();
    private readonly TextBuffer _text = new();
    private readonly List<Interface> _interfaces = [];
    private readonly CaptureFilter _filter = CaptureFilter.All;
    private readonly PacketPrinter? _printer;
    private readonly MemoryStream? _file;
    private readonly PcapWriter? _writer;
    private readonly LinkType _linkType = LinkType.Ethernet;
    private readonly bool _isAny;
    private long _captured;
    private long _received;

    public TcpdumpProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "tcpdump")
    {
        _host = host;
        _output = output;
        _error = error;
        _arguments = DumpArguments.Parse(arguments);
        if (_arguments.Error is { } complaint)
        {
            _error.Write($"tcpdump: {complaint}\n");
            Exit(1);
            return;
        }

        if (_arguments.Help || _arguments.Version)
        {
            _output.Write(_arguments.Version ? "tcpdump: the lab's own, prints as tcpdump 4.99\n" : $"Usage: tcpdump {DumpArguments.Usage.ReplaceLineEndings("\n")}\n");
            Exit(0);
            return;
        }

        if (_arguments.ListInterfaces)
        {
            ListInterfaces();
            return;
        }

        if (_arguments.ListLinkTypes)
        {
            ListLinkTypes();
            return;
        }

        _printer = _arguments.WriteFile is null || _arguments.PrintWhileWriting ? new PacketPrinter(Options) : null;
        if (_arguments.ReadFile is not null)
        {
            Read(_arguments.ReadFile);
            return;
        }

        _isAny = _arguments.Interface == "any";
        _linkType = _isAny ? LinkType.LinuxSll2 : LinkType.Ethernet;
        if (!FindInterfaces() || !TryFilter(_linkType, out _filter))
        {
            return;
        }

        if (_arguments.WriteFile is not null)
        {
            _file = new MemoryStream();
            _writer = new PcapWriter(_file, _linkType, _arguments.SnapLength);
            if (!TrySave(_arguments.WriteFile, []))
            {
                return;
            }

            SaveFile(); // its header: the file is a capture from the first moment
        }

        Announce();
    }

    private PrintOptions Options => _arguments.Print with
    {
        HostNames = LabNames.Printed,
        InterfaceNames = _host.Stack.Interfaces.ToDictionary(i => i.Index, i => i.Name),
    };

    private void ListInterfaces()
    {
        int number = 1;
        foreach (Interface on in _host.Stack.Interfaces.OrderBy(i => i.Kind == InterfaceKind.Loopback))
        {
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"{number++}.{on.Name} [Up, Running{(on.Kind == InterfaceKind.Loopback ? ", Loopback" : ", Connected")}]\n"));
        }

        Exit(0);
    }

    private void ListLinkTypes()
    {
        if (FindInterfaces())
        {
            _error.Write($"Data link types for {_interfaces[0].Name} (use option -y to set):\n  EN10MB (Ethernet)\n");
            Exit(0);
        }
    }

    private bool FindInterfaces()
    {
        string name = _arguments.Interface ?? _host.Stack.Interfaces.FirstOrDefault(i => i.Kind == InterfaceKind.Ethernet)?.Name ?? "lo";
        if (_isAny)
        {
            _interfaces.AddRange(_host.Stack.Interfaces);
            return true;
        }

        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return FindByNumber(index);
        }

        if (_host.FindInterface(name) is not { } found)
        {
            _error.Write($"tcpdump: {name}: No such device exists\n(No such device exists)\n");
            Exit(1);
            return false;
        }

        _interfaces.Add(found);
        return true;
    }

    // The numbers of -D.
    private bool FindByNumber(int index)
    {
        Interface[] all = [.. _host.Stack.Interfaces.OrderBy(i => i.Kind == InterfaceKind.Loopback)];
        if (index < 1 || index > all.Length)
        {
            _error.Write("tcpdump: Invalid adapter index\n");
            Exit(1);
            return false;
        }

        _interfaces.Add(all[index - 1]);
        return true;
    }

    private bool TryFilter(LinkType linkType, out CaptureFilter filter)
    {
        filter = CaptureFilter.All;
        string words = _arguments.Filter;
        if (_arguments.FilterFile is { } file)
        {
            if (!_host.Files.TryRead(file, out byte[] content))
            {
                _error.Write($"tcpdump: can't open {file}: No such file or directory\n");
                Exit(1);
                return false;
            }

            words = string.Join(' ', System.Text.Encoding.UTF8.GetString(content).Split('\n').Select(line => line.Split('#')[0])).Trim();
        }

        if (CaptureFilter.TryCompile(words, linkType, out CaptureFilter? compiled, out Finwait.Inspect.FilterError? error, LabNames.Printed))
        {
            filter = compiled;
            return true;
        }

        _error.Write($"tcpdump: {error}\n");
        filter = CaptureFilter.All;
        Exit(1);
        return false;
    }

    private void Announce()
    {
        string listening = $"listening on {(_isAny ? "any" : _interfaces[0].AlternativeName is { } other && other == _arguments.Interface ? other : _interfaces[0].Name)}, link-type {LinkTypes.Describe(_linkType)}, snapshot length {_arguments.SnapLength} bytes\n";
        if (_isAny)
        {
            _error.Write("tcpdump: data link type LINUX_SLL2\n");
        }

        _error.Write(_arguments.WriteFile is not null || _arguments.Print.Verbosity > 0
            ? "tcpdump: " + listening
            : "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n" + listening);
    }

    /// <summary>A frame passed an interface of the host.</summary>
    public void OnFrame(LabFrame frame)
    {
        if (!HasExited && _interfaces.Contains(frame.On))
        {
            _waiting.Enqueue(frame);
        }
    }

    public override bool Run()
    {
        bool did = false;
        while (!HasExited && _waiting.TryDequeue(out LabFrame frame))
        {
            did = true;
            Take(frame);
        }

        if (did)
        {
            SaveFile();
        }

        return did;
    }

    private void Take(in LabFrame frame)
    {
        byte[] octets = _isAny ? Cooked(frame) : frame.Frame.Bytes;
        int kept = Math.Min(octets.Length, _arguments.SnapLength);
        long microseconds = Machine.Epoch + frame.Frame.Time.Microseconds;
        var record = new PacketRecord(microseconds / 1_000_000, microseconds % 1_000_000 * 1000, _linkType, (uint)octets.Length, octets.AsSpan(0, kept));
        if (!IsRightDirection(frame) || !_filter.Matches(record))
        {
            return;
        }

        _received++;
        _captured++;
        _writer?.Write(record);

        Print(record);
        if (_captured == _arguments.Count)
        {
            Finish();
        }
    }

    private bool IsRightDirection(in LabFrame frame) => _arguments.Direction switch
    {
        "in" => frame.Frame.Direction == CaptureDirection.Inbound,
        "out" => frame.Frame.Direction == CaptureDirection.Outbound,
        _ => true,
    };

    private void Print(in PacketRecord record)
    {
        if (_printer is not null)
        {
            _text.Clear();
            _printer.Print(record, _text);
            _output.Write(_text.ToString());
        }
    }

    /// <summary>The frame as <c>-i any</c> sees it: behind a Linux cooked header of version 2.</summary>
    private static byte[] Cooked(in LabFrame frame)
    {
        const int HeaderLength = 20;
        const int EthernetHeader = 14;
        byte[] bytes = frame.Frame.Bytes;
        if (bytes.Length < EthernetHeader)
        {
            return bytes;
        }

        byte[] cooked = new byte[HeaderLength + bytes.Length - EthernetHeader];
        bytes.AsSpan(12, 2).CopyTo(cooked);
        cooked[7] = (byte)frame.On.Index;
        int hardware = frame.On.Kind == InterfaceKind.Loopback ? 772 : 1;
        cooked[8] = (byte)(hardware >> 8);
        cooked[9] = (byte)hardware;
        bool isBroadcast = bytes[0] == 0xFF;
        cooked[10] = (byte)(frame.Frame.Direction == CaptureDirection.Outbound ? 4 : isBroadcast ? 1 : 0);
        cooked[11] = 6;
        bytes.AsSpan(6, 6).CopyTo(cooked.AsSpan(12));
        bytes.AsSpan(EthernetHeader).CopyTo(cooked.AsSpan(HeaderLength));
        return cooked;
    }

    private void Read(string name)
    {
        if (!_host.Files.TryRead(name, out byte[] content))
        {
            _error.Write($"tcpdump: {name}: No such file or directory\n");
            Exit(1);
            return;
        }

        if (!CaptureReader.TryOpen(new MemoryStream(content), out CaptureReader? reader, out string? fault))
        {
            _error.Write($"tcpdump: {fault}\n");
            Exit(1);
            return;
        }

        if (!TryFilter(reader.LinkType, out CaptureFilter filter))
        {
            return;
        }

        if (!_arguments.CountOnly)
        {
            _error.Write($"reading from file {name}, link-type {LinkTypes.Describe(reader.LinkType)}, snapshot length {reader.SnapLength}\n");
        }

        using var copy = new MemoryStream();
        PcapWriter? writer = _arguments.WriteFile is null ? null : new PcapWriter(copy, reader.LinkType, reader.SnapLength);
        while (_captured != _arguments.Count && reader.TryRead(out PacketRecord record))
        {
            if (!filter.Matches(record))
            {
                continue;
            }

            _captured++;
            writer?.Write(record);
            if (!_arguments.CountOnly)
            {
                Print(record);
            }
        }

        writer?.Flush();
        if (writer is not null && !TrySave(_arguments.WriteFile!, copy.ToArray()))
        {
            return;
        }

        _output.Write(_arguments.CountOnly ? $"{_captured} packet{(_captured == 1 ? "" : "s")}\n" : "");
        if (reader.Error is not null)
        {
            _error.Write($"tcpdump: pcap_loop: {reader.Error}\n");
        }

        Exit(reader.Error is null ? 0 : 1);
    }

    public override void Interrupt()
    {
        TakeWaiting();
        Finish();
    }

    /// <summary>What has passed up to this very moment belongs to the capture.</summary>
    private void TakeWaiting()
    {
        _host.CollectFrames();
        while (!HasExited && _waiting.TryDequeue(out LabFrame frame))
        {
            Take(frame);
        }
    }

    public override void Terminate(int status)
    {
        const int Killed = 128 + 9;
        if (status == Killed)
        {
            Exit(status);
            return;
        }

        TakeWaiting();
        if (!HasExited && _printer is not null)
        {
            _output.Write("\n"); // as the real one does, for the line that a signal may have cut
        }

        Finish();
    }

    private void Finish()
    {
        if (HasExited)
        {
            return;
        }

        SaveFile();
        _error.Write($"{Counted(_captured)} captured\n{Counted(_received)} received by filter\n0 packets dropped by kernel\n");
        Exit(0);
    }

    private static string Counted(long packets) => packets == 1 ? "1 packet" : $"{packets} packets";

    /// <summary>Puts what was captured since the last time into the host's file: it ends with a whole packet, and others may read it while the capture goes on.</summary>
    private void SaveFile()
    {
        if (_writer is null || HasExited)
        {
            return;
        }

        _writer.Flush();
        byte[] more = _file!.ToArray();
        _file.SetLength(0);
        string name = _arguments.WriteFile!;
        if (more.Length == 0 || !_host.Files.Names.Contains(LabFiles.Normalize(name)))
        {
            return; // nothing new, or the file was removed meanwhile and nobody sees what is written now
        }

        if (!_host.Files.Append(name, more))
        {
            _error.Write($"tcpdump: {name}: {_host.Files.WhyNot(name)}\n"); // what fits stays
            Exit(1);
        }
    }

    /// <summary>Writes the file, or ends as tcpdump does when it cannot: at once, with one line and status 1.</summary>
    private bool TrySave(string name, byte[] content)
    {
        if (name == "-")
        {
            _error.Write("tcpdump: the lab's tcpdump does not write a capture to standard output: name a file\n");
        }
        else if (_host.Files.Write(name, content))
        {
            return true;
        }
        else
        {
            if (_host.Files.Write(name, []))
            {
                _host.Files.Append(name, content); // what fits stays
            }

            _error.Write($"tcpdump: {name}: {_host.Files.WhyNot(name)}\n");
        }

        Exit(1);
        return false;
    }
}
