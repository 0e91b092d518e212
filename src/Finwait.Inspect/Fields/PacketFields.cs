namespace Finwait.Inspect;

/// <summary>The fields of one packet by their names in filters.</summary>
internal sealed class PacketFields
{
    private readonly Dictionary<string, List<PacketField>> _byName = new(StringComparer.Ordinal);

    public PacketFields(IEnumerable<PacketField> headers, byte[] octets)
    {
        Octets = octets;
        foreach (PacketField header in headers)
        {
            Take(header);
        }
    }

    /// <summary>The whole packet.</summary>
    public byte[] Octets { get; }

    /// <summary>All fields that a name stands for, in the order of the packet.</summary>
    public IEnumerable<PacketField> Find(FieldInfo field) => field.Parts.SelectMany(name => _byName.GetValueOrDefault(name) ?? Enumerable.Empty<PacketField>());

    private void Take(PacketField field)
    {
        if (field.Name.Length > 0)
        {
            if (!_byName.TryGetValue(field.Name, out List<PacketField>? same))
            {
                _byName.Add(field.Name, same = []);
            }

            same.Add(field);
        }

        foreach (PacketField inner in field.Inner)
        {
            Take(inner);
        }
    }
}
