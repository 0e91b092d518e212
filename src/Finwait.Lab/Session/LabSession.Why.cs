using System.Globalization;

namespace Finwait.Lab;

/// <content>Why things happened: asked by <c>why</c>, told from what the stack recorded.</content>
public sealed partial class LabSession
{
    private WhyTeller? _teller;
    private (long Frames, int Dropped, int Changes, long Network) _tellerOf;

    /// <summary>Who tells why; made anew when something has happened since.</summary>
    internal WhyTeller Teller
    {
        get
        {
            var now = (_machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count), _recorder.Dropped.Count, _recorder.Changes.Count, (long)_recorder.GetHashCode());
            if (_teller is null || now != _tellerOf)
            {
                Inspect.RunRecord record = Record(null, out TracedPackets traced);
                _teller = new WhyTeller(new WhyRun(record, traced, _machines, _recorder));
                _tellerOf = now;
            }

            return _teller;
        }
    }

    /// <summary>One plain sentence about why a packet was sent, for pages and coaches.</summary>
    /// <param name="packet">Its number in the ladder, from 1.</param>
    /// <returns>The sentence; empty if there is no such packet.</returns>
    public string WhySentence(int packet) => packet >= 1 && packet <= Teller.Count ? Teller.Sentence(packet) : "";

    private LabVerdict Why(string[] words)
    {
        if (words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            WhyTeller teller = Teller;
            if (number < 1 || number > teller.Count)
            {
                return Complain(teller.Count == 0 ? "no packet was sent yet" : string.Create(CultureInfo.InvariantCulture, $"there is no packet {number}: ladder counts {teller.Count} so far"));
            }

            foreach (string line in teller.Chain(number))
            {
                Note(line);
            }

            return LabVerdict.Done;
        }

        return Complain("why what? why 12 asks for packet 12 as ladder counts them");
    }
}
