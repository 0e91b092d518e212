namespace Finwait.Wire;

/// <summary>A TCP sequence number: a point on a circle of 2^32 octets (RFC 9293 §3.4).</summary>
/// <remarks>
/// <c>&lt;</c> and friends compare along the shorter way round the circle, so they are right for two numbers less than
/// 2^31 apart and are not transitive over more. That is why the type is not <see cref="IComparable"/>: sorting sequence
/// numbers is a bug.
/// </remarks>
/// <param name="Value">The 32 bits as they stand in the header.</param>
public readonly record struct SeqNum(uint Value)
{
    /// <summary>The number <paramref name="octets"/> further on the circle; negative values go back.</summary>
    public static SeqNum operator +(SeqNum a, int octets) => new(unchecked(a.Value + (uint)octets));

    /// <summary>The number <paramref name="octets"/> further on the circle.</summary>
    public static SeqNum operator +(SeqNum a, uint octets) => new(unchecked(a.Value + octets));

    /// <summary>The number <paramref name="octets"/> back on the circle.</summary>
    public static SeqNum operator -(SeqNum a, int octets) => new(unchecked(a.Value - (uint)octets));

    /// <summary>Signed distance from <paramref name="b"/> to <paramref name="a"/>, in octets: −2^31 … 2^31−1.</summary>
    public static int operator -(SeqNum a, SeqNum b) => unchecked((int)(a.Value - b.Value));

    /// <summary>True if <paramref name="a"/> lies before <paramref name="b"/> on the circle.</summary>
    public static bool operator <(SeqNum a, SeqNum b) => a - b < 0;

    /// <summary>True if <paramref name="a"/> lies behind <paramref name="b"/> on the circle.</summary>
    public static bool operator >(SeqNum a, SeqNum b) => a - b > 0;

    /// <summary>True if <paramref name="a"/> is <paramref name="b"/> or lies before it.</summary>
    public static bool operator <=(SeqNum a, SeqNum b) => a - b <= 0;

    /// <summary>True if <paramref name="a"/> is <paramref name="b"/> or lies behind it.</summary>
    public static bool operator >=(SeqNum a, SeqNum b) => a - b >= 0;

    /// <summary>True if this number lies in [<paramref name="start"/>, <paramref name="start"/> + <paramref name="length"/>).</summary>
    public bool IsIn(SeqNum start, uint length) => unchecked(Value - start.Value) < length;

    /// <summary>The later of two numbers on the circle.</summary>
    public static SeqNum Later(SeqNum a, SeqNum b) => a >= b ? a : b;

    /// <summary>The earlier of two numbers on the circle.</summary>
    public static SeqNum Earlier(SeqNum a, SeqNum b) => a <= b ? a : b;

    /// <summary>The value in decimal, as tcpdump prints it.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
