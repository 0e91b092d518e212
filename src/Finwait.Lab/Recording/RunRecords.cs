using System.Globalization;
using Finwait.Inspect;

namespace Finwait.Lab;

/// <content>What the lab has recorded, for drawings.</content>
public sealed partial class LabSession
{
    private RunRecorder _recorder = null!;

    /// <summary>All that drawings show of the run so far.</summary>
    /// <param name="title">What the run is, in a line; null for the name of its network.</param>
    public RunRecord Record(string? title = null) => Record(title, out _);

    private RunRecord Record(string? title, out TracedPackets traced)
    {
        Pump();
        bool[] isRouter = [.. _topology.Machines.Select(machine => machine.IsRouter)];
        traced = RunPackets.Of(_machines, isRouter, _recorder);

        // From left to right: the client's side, what lies between, the server's side. Machines stand in another order: the router last.
        int[] order = [.. Enumerable.Range(0, _machines.Length).OrderBy(i => isRouter[i] ? 0.5 : i)];
        int[] place = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            place[order[i]] = i;
        }

        (RunCall[] calls, Dictionary<(int, ulong), int> numbers) = RunCalls.Of(_machines, place);
        IReadOnlyList<RunPacket> packets = RunCalls.WithCauses(traced, numbers, _recorder);
        return new RunRecord
        {
            Title = title ?? $"lab, network {NetworkKind}, seed {Seed.ToString(CultureInfo.InvariantCulture)}",
            Hosts = [.. order.Select(i => new RunHost(_machines[i].Name, _machines[i].Address.ToString(), isRouter[i]))],
            Packets = [.. packets.Select(packet => packet with { From = place[packet.From], To = place[packet.To] })],
            Changes = [.. _recorder.Changes.OrderBy(change => change.Time).ThenBy(change => change.Order).Select(change => change with { Host = place[change.Host] })],
            Lines = [.. _recorder.Lines.Select(line => line.Host < 0 ? line : line with { Host = place[line.Host] })],
            Calls = calls,
            Samples = [.. _recorder.Samples.Select(sample => sample with { Host = place[sample.Host] })],
            HasRealNumbers = HasRealNumbers,
            End = Now.SinceStart,
            Notes = LeftOut(traced.OtherFrames),
        };
    }

    /// <summary>The drawings of the run so far: names of files, and their text.</summary>
    /// <param name="title">What the run is, in a line; null for the name of its network.</param>
    public IReadOnlyList<(string Name, string Text)> Pictures(string? title = null)
    {
        var drawings = new RunDrawings(Record(title));
        return [("ladder.svg", drawings.LadderSvg()), ("states.svg", drawings.StatesSvg()), ("timeline.svg", drawings.TimelineSvg())];
    }

    /// <summary>The run so far as one HTML page that needs nothing but itself.</summary>
    /// <param name="title">What the run is, in a line; null for the name of its network.</param>
    public string Page(string? title = null)
    {
        RunRecord record = Record(title);
        return new RunDrawings(record with { Packets = [.. record.Packets.Select((packet, i) => packet with { Reason = WhySentence(i + 1) })] }).Page();
    }

    private void Draw(string drawing)
    {
        Flush();
        foreach (string line in drawing.TrimEnd('\n').Split('\n'))
        {
            Note(line);
        }
    }

    private LabVerdict SavePictures(string[] words)
    {
        bool force = words.Length > 1 && words[^1] == "--force";
        words = force ? words[..^1] : words;
        if (words.Length is not (1 or 3) || (words.Length == 3 && words[1] != "as"))
        {
            return Complain("pictures hands over ladder.svg, states.svg and timeline.svg; pictures as NAME: NAME-ladder.svg and so on; --force behind it overwrites");
        }

        string prefix = words.Length == 3 ? words[2] + "-" : "";
        foreach ((string name, string text) in Pictures())
        {
            _saved.Add(new LabSavedFile(prefix + name, System.Text.Encoding.UTF8.GetBytes(text), force));
        }

        return LabVerdict.Done;
    }

    private LabVerdict SavePage(string[] words)
    {
        bool force = words.Length > 1 && words[^1] == "--force";
        words = force ? words[..^1] : words;
        if (words.Length is not (1 or 3) || (words.Length == 3 && words[1] != "as"))
        {
            return Complain("page hands over page.html, the run for a browser; page as NAME: NAME.html; --force behind it overwrites");
        }

        string name = words.Length == 1 ? "page.html" : words[2].EndsWith(".html", StringComparison.OrdinalIgnoreCase) ? words[2] : words[2] + ".html";
        _saved.Add(new LabSavedFile(name, System.Text.Encoding.UTF8.GetBytes(Page()), force));
        return LabVerdict.Done;
    }

    private List<string> LeftOut(long otherFrames)
    {
        var notes = new List<string>();
        void Add(long count, string one, string many)
        {
            if (count > 0)
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}"));
            }
        }

        Add(_machines.Sum(machine => machine.FramesForgotten), "frame of the beginning is forgotten: the run was too long", "frames of the beginning are forgotten: the run was too long");
        Add(_recorder.ChangesLeftOut + _machines.Sum(machine => machine.Stack.ConnectionTap!.Dropped), "state change found no room in the record", "state changes found no room in the record");
        Add(_recorder.DropsLeftOut + _recorder.LossesLeftOut + _machines.Sum(machine => machine.Stack.DropTap!.Lost), "drop found no room in the record", "drops found no room in the record");
        Add(_recorder.SamplesLeftOut, "change of a congestion window found no room in the record", "changes of congestion windows found no room in the record");
        Add(_recorder.LinesLeftOut, "line of the transcript found no room in the record", "lines of the transcript found no room in the record");
        Add(otherFrames, "frame without an IP packet (ARP) is not drawn", "frames without IP packets (ARP) are not drawn");
        return notes;
    }
}
