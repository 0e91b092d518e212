using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <content>Why things happened: asked by <c>why</c>, told from what the stack recorded.</content>
public sealed partial class LabSession
{
    private const string WhyUsage = "why 12 (a packet as ladder counts them), why romeo:7 (of romeo's capture), why SYN_RCVD, why romeo TIME_WAIT, why romeo, why drop, why drop 12, why timer, why romeo timer, or why nothing";

    private WhyRun? _whyRun;
    private (long Frames, int Dropped, int Changes, RunRecorder? Recorder) _whyRunOf;

    /// <summary>The run as far as it goes; made anew when something has happened since.</summary>
    private WhyRun WhyRun
    {
        get
        {
            Pump();
            var now = (_machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count), _recorder.Dropped.Count, _recorder.Changes.Count, _recorder);
            if (_whyRun is null || now != _whyRunOf)
            {
                RunRecord record = Record(null, out TracedPackets traced);
                _whyRun = new WhyRun(record, traced, _machines, _recorder);
                _whyRunOf = now;
            }

            return _whyRun;
        }
    }

    /// <summary>Who tells why packets were sent.</summary>
    internal WhyTeller Teller => new(WhyRun);

    /// <summary>One plain sentence about why a packet was sent, for pages and coaches.</summary>
    /// <param name="packet">Its number in the ladder, from 1.</param>
    /// <returns>The sentence; empty if there is no such packet.</returns>
    public string WhySentence(int packet) => Teller is { } teller && packet >= 1 && packet <= teller.Count ? teller.Sentence(packet) : "";

    /// <summary>The words that can follow <c>why</c>.</summary>
    private IEnumerable<string> WhyWords => [.. WhyStates.Names, "drop", "nothing", "timer", .. MachineNames];

    private LabVerdict Why(string[] words)
    {
        int machine = words.Length > 1 ? Array.FindIndex(_machines, each => each.Name.Equals(words[1], StringComparison.OrdinalIgnoreCase)) : -1;
        string[] asked = machine >= 0 ? words[2..] : words[1..];
        if (asked.Length == 0)
        {
            return machine >= 0 ? Tell(new WhyStates(WhyRun, Teller).Tell(machine, null, Now)) : Complain($"why what? {WhyUsage}");
        }

        if (asked is ["drop", .. string[] which] && machine < 0)
        {
            return WhyDrop(which);
        }

        if (asked.Length == 1)
        {
            switch (asked[0].ToLowerInvariant())
            {
                case "timer" or "timers":
                    return Tell(WhyTimers.Tell(WhyRun, machine, Now));
                case "nothing" or "not":
                    return Tell(WhyNothing.Tell(WhyRun, Teller, machine, Now));
            }

            if (WhyStates.TryParse(asked[0], out TcpState state))
            {
                return Tell(new WhyStates(WhyRun, Teller).Tell(machine, state, Now));
            }

            if (machine < 0 && TellNeighbors(asked[0]) is { } neighbors)
            {
                return Tell(neighbors);
            }

            if (machine < 0 && TryReadPacket(asked[0], out int number, out string complaint))
            {
                return complaint.Length > 0 ? Complain(complaint) : Tell(Teller.Chain(number));
            }
        }

        string near = NearestWord.Of(asked[^1], WhyWords) is { } known ? $"; did you mean {known}?" : "";
        return Complain($"why what? '{string.Join(' ', words[1..])}' is none of {WhyUsage}{near}");
    }

    private LabVerdict WhyDrop(string[] which)
    {
        WhyTeller teller = Teller;
        if (which.Length == 0)
        {
            int last = teller.LastDropped;
            if (teller.LastUnsent() is { Count: > 0 } unsent)
            {
                return Tell(unsent);
            }

            return Tell(last == 0 ? ["no packet was dropped: all that were sent arrived and were taken"] : teller.Dropped(last));
        }

        return which.Length == 1 && TryReadPacket(which[0], out int number, out string complaint)
            ? complaint.Length > 0 ? Complain(complaint) : Tell(teller.Dropped(number))
            : Complain("which drop? why drop tells of the last packet that was dropped, why drop 12 what became of packet 12");
    }

    /// <summary>The causes of "romeo:1", if that is an ARP frame of romeo's capture.</summary>
    private IReadOnlyList<string>? TellNeighbors(string word)
    {
        int colon = word.IndexOf(':');
        return colon > 0 && int.TryParse(word[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int frame)
            && Array.FindIndex(_machines, each => each.Name.Equals(word[..colon], StringComparison.OrdinalIgnoreCase)) is >= 0 and int machine
            ? new WhyNeighbors(WhyRun, Teller).Tell(machine, frame) : null;
    }

    /// <summary>Reads "12", or "romeo:7" for the seventh frame of romeo's capture.</summary>
    /// <returns>False if it is neither; true with a complaint if there is no such packet.</returns>
    private bool TryReadPacket(string word, out int number, out string complaint)
    {
        complaint = "";
        int colon = word.IndexOf(':');
        if (!int.TryParse(word[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out number) || (colon >= 0 && Host(word[..colon]) is null))
        {
            return false;
        }

        int count = WhyRun.Count;
        if (colon >= 0)
        {
            string captured = string.Create(CultureInfo.InvariantCulture, $"{Host(word[..colon])!.Name}.pcap {number}");
            number = 1 + Enumerable.Range(1, count).Select(WhyRun.Packet).ToList().FindIndex(packet => packet.Captured.Split(", ").Contains(captured));
            complaint = number > 0 ? "" : $"{word} is no packet of that capture: ladder's numbers stand without a host";
        }
        else if (number < 1 || number > count)
        {
            complaint = count == 0 ? "no packet was sent yet" : string.Create(CultureInfo.InvariantCulture, $"there is no packet {number}: ladder counts {count} so far");
        }

        return true;
    }

    private LabVerdict Tell(IReadOnlyList<string> lines)
    {
        Flush();
        foreach (string line in lines)
        {
            Note(line);
        }

        return LabVerdict.Done;
    }
}
