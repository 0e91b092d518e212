using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>A part of a packet with what it means: a header, a field, a bit.</summary>
/// <param name="text">Its name and value, for people.</param>
/// <param name="at">Its first octet, from the start of the frame.</param>
/// <param name="length">Octets; 0 for what is worked out and stands in no octet.</param>
internal sealed class PacketField(string text, int at, int length)
{
    private readonly List<PacketField> _inner = [];

    public string Text { get; } = text;

    public int At { get; } = at;

    public int Length { get; } = length;

    /// <summary>Its name in display filters, one of <see cref="FieldCatalogue"/>; empty for what has none.</summary>
    public string Name { get; private set; } = "";

    /// <summary>What filters compare: a number, an address as a number; 0 where the octets themselves are compared.</summary>
    public UInt128 Value { get; private set; }

    /// <summary>The parts of this part.</summary>
    public IReadOnlyList<PacketField> Inner => _inner;

    /// <summary>Adds a part.</summary>
    /// <returns>The part, which can have parts too.</returns>
    public PacketField Add(FormattableString text, int at, int length) => Add(FormattableString.Invariant(text), at, length);

    /// <inheritdoc cref="Add(FormattableString, int, int)"/>
    public PacketField Add(string text, int at, int length)
    {
        var inner = new PacketField(text, at, length);
        _inner.Add(inner);
        return inner;
    }

    /// <summary>Gives it its name in filters.</summary>
    public PacketField As(string name, UInt128 value = default)
    {
        (Name, Value) = (name, value);
        return this;
    }

    /// <inheritdoc cref="As(string, UInt128)"/>
    public PacketField As(string name, bool isSet) => As(name, isSet ? 1u : 0u);

    /// <inheritdoc cref="As(string, UInt128)"/>
    public PacketField As(string name, IpAddress address) => As(name, NumberOf(address));

    /// <summary>An address as filters compare it: an IPv4 address has 32 bits, an IPv6 address 128.</summary>
    public static UInt128 NumberOf(IpAddress address) => address.IsV6 ? new UInt128(address.High, address.Low) : address.V4;
}
