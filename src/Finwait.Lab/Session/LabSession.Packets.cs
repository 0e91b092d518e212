using System.Globalization;
using Finwait.Inspect;

namespace Finwait.Lab;

/// <content>The packets of the run as Wireshark shows them: the list, through a display filter, and one packet field by field.</content>
public sealed partial class LabSession
{
    /// <summary>True while drawings, lists and the labels of packets show sequence numbers as they stand in the packets; false (the default) while they count each direction from its start.</summary>
    public bool HasRealNumbers { get; private set; }

    private LabVerdict ShowPackets(string text, string[] words) => words[0].ToLowerInvariant() switch { "packets" => Packets(text), "packet" => Packet(words), "numbers" => ChooseNumbers(words), _ => Table(words) };

    /// <summary>What stands alone: options and buffers.</summary>
    private LabVerdict Table(string[] words)
    {
        if (words.Length > 1)
        {
            return Complain($"{words[0]} stands alone: what is '{words[1]}'?");
        }

        bool isOptions = words[0].Equals("options", StringComparison.OrdinalIgnoreCase);
        IReadOnlyList<string> lines = isOptions ? new RunDrawings(Record()).Options() : BufferText.Lines(_hosts, Now);
        foreach (string line in lines)
        {
            Note(line);
        }

        if (lines.Count == 0)
        {
            Note(isOptions ? "no handshake has begun" : "no TCP socket listens or is connected");
        }

        return LabVerdict.Done;
    }

    private LabVerdict ChooseNumbers(string[] words)
    {
        if (words is not [_, "real" or "counted"])
        {
            return Complain("numbers real shows sequence numbers as they stand in the packets, in ladder, packets, pictures, page and the labels of packets in why at once; numbers counted counts each direction from its start");
        }

        HasRealNumbers = words[1] == "real";
        _whyRun = null; // it has the numbers in its texts
        return LabVerdict.Done;
    }

    private LabVerdict Packets(string text)
    {
        string wanted = text.Trim()["packets".Length..].Trim().Trim('\'');
        DisplayFilter? filter = null;
        if (wanted.Length > 0 && (filter = DisplayFilter.Read(wanted, out string complaint)) is null)
        {
            return Complain($"packets: {complaint}");
        }

        IReadOnlyList<string> lines = new RunDrawings(Record()).Packets(filter);
        foreach (string line in lines)
        {
            Note(line);
        }

        if (lines.Count == 1)
        {
            Note(filter is null ? "no packet was sent" : "no packet passes the filter");
        }

        return LabVerdict.Done;
    }

    private LabVerdict Packet(string[] words)
    {
        if (words.Length is < 2 or > 3 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return Complain("packet takes the number of a packet, as packets and ladder count them, and the name of a field if only that is asked for: packet 1, packet 1 tcp.flags");
        }

        string? field = words.Length == 3 ? words[2] : null;
        if (field is not null && DisplayFilter.MeaningOf(field) is null)
        {
            return Complain($"there is no field '{field}'{(NearestWord.Of(field, DisplayFilter.FieldNames) is { } near ? $"; did you mean {near}?" : "; packet 1 names those of a packet")}");
        }

        var drawings = new RunDrawings(Record());
        if (drawings.Packet(number, field) is not { } lines)
        {
            int count = drawings.Packets(null).Count - 1;
            return Complain(count == 0 ? "no packet was sent so far" : string.Create(CultureInfo.InvariantCulture, $"there is no packet {number}: the run has 1 to {count}"));
        }

        foreach (string line in lines)
        {
            Note(line);
        }

        if (lines.Count == 0)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"packet {number} has no {field}: {DisplayFilter.MeaningOf(field!)}"));
        }

        return LabVerdict.Done;
    }
}
