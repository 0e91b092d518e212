using System.Buffers.Binary;
using Finwait.Tcp;

namespace Finwait.Stack.Tests;

public class SipHashTests
{
    private static readonly SipHash Key = new(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908);

    // Witness: openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:8 SIPHASH over the octets 00 01 02 …
    [Theory]
    [InlineData(0, "310E0EDD47DB6F72")]
    [InlineData(8, "6224939A79F5F593")]
    [InlineData(15, "E545BE4961CA29A1")]
    [InlineData(16, "DB9BC2577FCC2A3F")]
    [InlineData(24, "94AF49F6C650ADB8")]
    [InlineData(40, "D0A704536BA93E0E")]
    [InlineData(63, "724506EB4C328A95")]
    public void Hash_OctetsOfTheReferenceKey_EqualsOpenssl(int length, string expected)
    {
        byte[] message = new byte[length];
        for (int i = 0; i < length; i++)
        {
            message[i] = (byte)i;
        }

        Assert.Equal(expected, Hex(Key.Hash(message)));
    }

    [Fact]
    public void Hash_Words_EqualsHashOfTheirOctets()
    {
        ulong[] w = [0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908, 0x1716_1514_1312_1110, 0x1F1E_1D1C_1B1A_1918, 0x2726_2524_2322_2120];
        Assert.Equal("DB9BC2577FCC2A3F", Hex(Key.Hash(w[0], w[1])));
        Assert.Equal("D0A704536BA93E0E", Hex(Key.Hash(w[0], w[1], w[2], w[3], w[4])));

        // Witness: the same with -macopt c-rounds:1 -macopt d-rounds:3.
        Assert.Equal("668B907D1ADD4FCC", Hex(Key.TableHash(w[0], w[1])));
        Assert.Equal("3115E4993236D2C1", Hex(Key.TableHash(w[0], w[1], w[2], w[3], w[4])));
    }

    [Fact]
    public void FromSeed_OtherSeedOrPurpose_GivesAnotherKey()
    {
        HashSet<SipHash> keys = [];
        for (ulong seed = 0; seed < 50; seed++)
        {
            for (ulong purpose = 0; purpose < 10; purpose++)
            {
                Assert.True(keys.Add(SipHash.FromSeed(seed, purpose)));
                Assert.Equal(SipHash.FromSeed(seed, purpose), SipHash.FromSeed(seed, purpose));
            }
        }
    }

    private static string Hex(ulong value)
    {
        byte[] octets = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(octets, value);
        return Convert.ToHexString(octets);
    }
}
