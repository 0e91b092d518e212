using System.Globalization;

namespace Finwait.Inspect;

/// <summary>One packet of a run as lines of text: its headers field by field, and its octets; or one field with what it means.</summary>
internal static class PacketDetailText
{
    private const int OctetsInRow = 16;

    /// <summary>Rows of octets that are shown.</summary>
    private const int MostRows = 96;

    /// <summary>All headers, every field with its name in filters behind it, then the octets.</summary>
    public static IReadOnlyList<string> Lines(RunView view, ViewPacket packet)
    {
        var lines = new List<string>();
        foreach (PacketField header in PacketTree.Of(packet, new WindowScales(view).Of(packet)))
        {
            Add(lines, header, 0);
        }

        AddOctets(lines, packet.Packet.Octets, 0, packet.Packet.Octets.Length);
        return lines;
    }

    /// <summary>A field by its name in filters: each time that the packet has it, what it says, its parts, its octets; and what it means.</summary>
    /// <returns>The lines; none if the packet has no such field.</returns>
    public static IReadOnlyList<string> Lines(RunView view, ViewPacket packet, FieldInfo field)
    {
        var lines = new List<string>();
        var fields = new PacketFields(PacketTree.Of(packet, new WindowScales(view).Of(packet)), packet.Packet.Octets);
        foreach (PacketField found in fields.Find(field))
        {
            Add(lines, found, 0, withMeaning: true);
            AddOctets(lines, packet.Packet.Octets, found.At, found.Length);
        }

        return lines;
    }

    private static void Add(List<string> lines, PacketField field, int depth, bool withMeaning = false)
    {
        string text = new string(' ', depth * 4) + field.Text;
        lines.Add(field.Name.Length == 0 ? text : $"{text}  [{field.Name}]");
        if (withMeaning && FieldCatalogue.Find(field.Name) is { } info)
        {
            lines.Add(new string(' ', (depth * 4) + 4) + info.Meaning);
        }

        foreach (PacketField inner in field.Inner)
        {
            Add(lines, inner, depth + 1, withMeaning);
        }
    }

    private static void AddOctets(List<string> lines, byte[] octets, int at, int length)
    {
        int end = Math.Min(at + length, octets.Length);
        for (int row = 0; at + (row * OctetsInRow) < end; row++)
        {
            if (row == MostRows)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{end - at - (row * OctetsInRow)} more octets"));
                return;
            }

            int begin = at + (row * OctetsInRow);
            ReadOnlySpan<byte> part = octets.AsSpan(begin, Math.Min(OctetsInRow, end - begin));
            string hex = string.Join(' ', Convert.ToHexStringLower(part).Chunk(2).Select(pair => new string(pair)));
            string text = string.Concat(part.ToArray().Select(octet => octet is >= 0x20 and < 0x7F ? (char)octet : '.'));
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{begin:x4}  {hex.PadRight((OctetsInRow * 3) - 1)}  {text}"));
        }
    }
}
