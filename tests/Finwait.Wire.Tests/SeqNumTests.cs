using FsCheck;
using FsCheck.Fluent;

namespace Finwait.Wire.Tests;

public class SeqNumTests
{
    // BUG-01: the circle at its two seams.
    [Theory]
    [InlineData(0x0000_0000u, 0x0000_0001u)]
    [InlineData(0x7FFF_FFFFu, 0x8000_0000u)]
    [InlineData(0xFFFF_FFFFu, 0x0000_0000u)]
    [InlineData(0xFFFF_FF00u, 0x0000_00FFu)]
    [InlineData(0x0000_0000u, 0x7FFF_FFFFu)]
    [InlineData(0x8000_0001u, 0x0000_0000u)]
    [InlineData(0x4000_0000u, 0xBFFF_FFFFu)]
    public void Compare_LessThanHalfACircleApart_EarlierIsLess(uint earlier, uint later)
    {
        SeqNum a = new(earlier), b = new(later);

        Assert.True(a < b && a <= b && b > a && b >= a && a != b);
        Assert.False(b < a || b <= a || a > b || a >= b);
        Assert.Equal((b, a), (SeqNum.Later(a, b), SeqNum.Earlier(b, a)));
        Assert.True(b - a > 0 && a - b < 0);
    }

    // BUG-01
    [Fact]
    public void Add_AnyStartAndDistance_CompareAndSubtractUndoIt()
    {
        Prop.ForAll<uint, int>((start, distance) =>
        {
            distance = distance == int.MinValue ? 0 : distance;
            foreach (uint origin in (uint[])[start, start ^ 0x8000_0000, unchecked(0u - start), unchecked(0x8000_0000 - start)])
            {
                SeqNum a = new(origin), b = a + distance;
                bool isRight = b - a == distance && b - distance == a && (b > a) == distance > 0 && (b < a) == distance < 0
                    && (b >= a) == distance >= 0 && (b <= a) == distance <= 0 && a + unchecked((uint)distance) == b;
                if (!isRight)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    // BUG-01: a window may straddle either seam, have no length, or cover half the circle.
    [Theory]
    [InlineData(0xFFFF_FFF0u, 0x20u, 0xFFFF_FFEFu, false)]
    [InlineData(0xFFFF_FFF0u, 0x20u, 0xFFFF_FFF0u, true)]
    [InlineData(0xFFFF_FFF0u, 0x20u, 0x0000_0000u, true)]
    [InlineData(0xFFFF_FFF0u, 0x20u, 0x0000_000Fu, true)]
    [InlineData(0xFFFF_FFF0u, 0x20u, 0x0000_0010u, false)]
    [InlineData(0x7FFF_FFFFu, 2u, 0x8000_0000u, true)]
    [InlineData(0x7FFF_FFFFu, 2u, 0x8000_0001u, false)]
    [InlineData(5u, 0u, 5u, false)]
    [InlineData(5u, 0x4000_0000u, 0x4000_0004u, true)]
    [InlineData(5u, 0x4000_0000u, 0x4000_0005u, false)]
    public void IsIn_Window_TakesItsFirstButNotItsEnd(uint start, uint length, uint number, bool expected)
    {
        Assert.Equal(expected, new SeqNum(number).IsIn(new(start), length));
    }

    // Half a circle apart neither is earlier in truth; what matters is that nothing throws and the distance is the one RFC 9293 §3.4 leaves.
    [Fact]
    public void Compare_HalfACircleApart_IsTheSignedDistance()
    {
        SeqNum a = new(0), b = new(0x8000_0000);

        Assert.Equal(int.MinValue, b - a);
        Assert.Equal(int.MinValue, a - b);
    }

    // Sorting sequence numbers is a bug, so the type must not offer it.
    [Fact]
    public void Type_IsNotComparable()
    {
        Assert.False(typeof(IComparable).IsAssignableFrom(typeof(SeqNum)));
        Assert.False(typeof(IComparable<SeqNum>).IsAssignableFrom(typeof(SeqNum)));
    }

    [Fact]
    public void ToString_IsDecimalWithoutSign()
    {
        Assert.Equal("4294967295", new SeqNum(uint.MaxValue).ToString());
    }
}
