namespace Finwait.Wire.Tests;

public class InternetChecksumTests
{
    private static readonly IpAddress V4A = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress V4B = IpAddress.Parse("198.51.100.254");
    private static readonly IpAddress V6A = IpAddress.Parse("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe");
    private static readonly IpAddress V6B = IpAddress.Parse("fe80::1");

    // RFC 1071 §3 (the worked example): 00 01 f2 03 f4 f5 f6 f7 sum to 0xddf2, inverted 0x220d.
    [Fact]
    public void Fold_ExampleOfRfc1071_IsTheInverseOfItsSum()
    {
        byte[] example = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];

        Assert.Equal(0x220D, InternetChecksum.Fold(InternetChecksum.Sum(example)));
    }

    // BUG-32, MUST-2: every length up to several vector blocks, at every alignment.
    [Fact]
    public void Sum_EveryLengthAndStart_EqualsNaive()
    {
        byte[] bytes = new byte[700];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= 600; length++)
        {
            int start = length % 67;
            byte[] part = bytes[start..(start + length)];
            byte[] copy = new byte[length + 2];
            copy[length] = 0xA5;

            Assert.Equal(NaiveChecksum.Of(part), InternetChecksum.Fold(InternetChecksum.Sum(bytes.AsSpan(start, length))));
            Assert.Equal(NaiveChecksum.Of(part), InternetChecksum.Fold(InternetChecksum.CopyAndSum(bytes.AsSpan(start, length), copy)));
            Assert.Equal(part, copy[..length]);
            Assert.Equal(0xA5, copy[length]);
        }
    }

    // BUG-32: carries everywhere; the sum of ones is the longest chain of carries.
    [Theory]
    [InlineData(0x00)]
    [InlineData(0xFF)]
    [InlineData(0x80)]
    public void Sum_AllBytesEqual_EqualsNaive(byte value)
    {
        foreach (int length in (int[])[0, 1, 2, 3, 19, 20, 63, 64, 127, 128, 129, 255, 1448, 1449, 65535, 1 << 20])
        {
            byte[] bytes = new byte[length];
            Array.Fill(bytes, value);

            ushort checksum = InternetChecksum.Fold(InternetChecksum.Sum(bytes));

            Assert.Equal(NaiveChecksum.Of(bytes), checksum);
            Assert.Equal(value == 0 || length == 0, checksum == 0xFFFF);
        }
    }

    // BUG-32: split buffers with odd lengths.
    [Fact]
    public void Combine_RandomChunking_EqualsNaiveOverAll()
    {
        Random random = new(2);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (round % 5 == 0)
            {
                Array.Fill(bytes, (byte)0xFF);
            }

            ulong sum = 0;
            int at = 0;
            while (at < bytes.Length)
            {
                int length = random.Next(0, bytes.Length - at + 1);
                sum = InternetChecksum.Combine(sum, at, InternetChecksum.Sum(bytes.AsSpan(at, length)));
                at += length;
            }

            Assert.Equal(NaiveChecksum.Of(bytes), InternetChecksum.Fold(sum));
        }
    }

    // MUST-2, BUG-32: pseudo-header lengths of both versions.
    [Fact]
    public void PseudoHeader_BothVersions_EqualsNaive()
    {
        foreach (int length in (int[])[0, 1, 20, 65535])
        {
            Assert.Equal(
                NaiveChecksum.Of(NaiveChecksum.PseudoHeader(V4A, V4B, 6, length)),
                InternetChecksum.Fold(InternetChecksum.PseudoHeader(V4A, V4B, 6, length)));
        }

        foreach (int length in (int[])[0, 1, 20, 65535, 65536, 1_000_000])
        {
            Assert.Equal(
                NaiveChecksum.Of(NaiveChecksum.PseudoHeader(V6A, V6B, 17, length)),
                InternetChecksum.Fold(InternetChecksum.PseudoHeader(V6A, V6B, 17, length)));
        }
    }

    // RFC 1624 §4: the example where equation 2 fails: 0xDD2F with 0x5555 changed to 0x3285 must become 0x0000.
    [Fact]
    public void Update_ExampleOfRfc1624_IsPlusZero()
    {
        Assert.Equal(0x0000, InternetChecksum.Update((ushort)0xDD2F, (ushort)0x5555, (ushort)0x3285));
    }

    // RFC 1624 §3
    [Fact]
    public void Update_RandomWords_VerifiesLikeARecomputedChecksum()
    {
        Random random = new(3);
        byte[] bytes = new byte[20];
        for (int round = 0; round < 5000; round++)
        {
            random.NextBytes(bytes);
            bytes[10] = bytes[11] = 0;
            ushort checksum = InternetChecksum.Fold(InternetChecksum.Sum(bytes));
            int at = 2 * random.Next(0, 4);
            uint before = Read32(bytes, at);
            uint after = round % 3 == 0 ? before ^ 0xFFFF_FFFF : (uint)random.NextInt64();
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), after);

            ushort updated = InternetChecksum.Update(checksum, before, after);
            ushort inSteps = InternetChecksum.Update(checksum, (ushort)(before >> 16), (ushort)(after >> 16));
            inSteps = InternetChecksum.Update(inSteps, (ushort)before, (ushort)after);

            Assert.Equal(NaiveChecksum.Of(bytes), updated);
            Assert.Equal(updated, inSteps);
        }
    }

    [Fact]
    public void CopyAndSum_DestinationTooShort_ThrowsAtOnce()
    {
        Assert.Throws<ArgumentException>(() => InternetChecksum.CopyAndSum(new byte[10], new byte[9]));
    }

    private static uint Read32(byte[] bytes, int at) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
}
