namespace Finwait.Wire.Tests;

public class FuzzTests
{
    private static readonly IpAddress V4 = IpAddress.Parse("10.0.0.1");

    // MUST-7, BUG-31
    [Fact]
    public void Views_RandomBytes_NeverThrow()
    {
        Random random = new(4);
        byte[] bytes = new byte[200];
        for (int round = 0; round < 20_000; round++)
        {
            int length = random.Next(0, bytes.Length);
            random.NextBytes(bytes.AsSpan(0, length));
            if (length > 0 && round % 4 != 0)
            {
                bytes[0] = (byte)((round % 4 == 1 ? 0x45 : round % 4 == 2 ? 0x60 : 133) + (random.Next(8) == 0 ? random.Next(6) : 0));
            }

            ReadOnlySpan<byte> part = bytes.AsSpan(0, length);
            Touch.Frame(part);
            Touch.Network(part);
            Touch.Transport(part, V4, V4);
            Touch.TcpOptions(part);
            Touch.Ipv4Options(part);
            Touch.Ipv6Extensions(part.IsEmpty ? (byte)0 : part[^1], part);
        }
    }

    // MUST-7, BUG-31: option bytes that are nearly right are where parsers break.
    [Fact]
    public void OptionReaders_RandomNearlyLegalOptions_NeverThrowAndAgree()
    {
        Random random = new(5);
        byte[] bytes = new byte[40];
        byte[] kinds = [0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 19, 20, 21, 27, 28, 29, 30, 34, 69, 172, 174, 253, 254, 255];
        for (int round = 0; round < 50_000; round++)
        {
            random.NextBytes(bytes);
            for (int at = 0; at < bytes.Length - 1;)
            {
                bytes[at] = kinds[random.Next(kinds.Length)];
                int length = random.Next(10) == 0 ? random.Next(256) : random.Next(2, 16);
                bytes[at + 1] = (byte)length;
                at += bytes[at] <= 1 ? 1 : Math.Max(length, 2);
            }

            ReadOnlySpan<byte> part = bytes.AsSpan(0, random.Next(41));
            Touch.TcpOptions(part);
            Touch.Ipv4Options(part);
            AssertReadersAgree(part);
        }
    }

    // MUST-3, MUST-7, BUG-31
    [Fact]
    public void Views_MutatedGoldenFrames_NeverThrow()
    {
        Random random = new(6);
        foreach (byte[] frame in GoldenFrames.Distinct)
        {
            for (int round = 0; round < 400; round++)
            {
                byte[] mutated = [.. frame];
                for (int change = random.Next(1, 6); change > 0; change--)
                {
                    mutated[random.Next(12, Math.Min(mutated.Length, 120))] = (byte)(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => random.Next(256) });
                }

                Touch.Frame(mutated.AsSpan(0, random.Next(2) == 0 ? mutated.Length : random.Next(mutated.Length)));
            }
        }
    }

    private static void AssertReadersAgree(ReadOnlySpan<byte> bytes)
    {
        TcpOptionSet set = TcpOptionParser.Parse(bytes, isSyn: true);
        TcpOptionSet seen = default;
        foreach (TcpOption option in new TcpOptionReader(bytes))
        {
            if (option.Error != OptionError.None)
            {
                seen.Present |= TcpOptionPresence.Malformed;
            }

            if (option.TryGetMss(out ushort mss))
            {
                (seen.Mss, seen.Present) = (mss, seen.Present | TcpOptionPresence.Mss);
            }

            if (option.TryGetTimestamps(out uint tsVal, out uint tsEcr))
            {
                (seen.TsVal, seen.TsEcr, seen.Present) = (tsVal, tsEcr, seen.Present | TcpOptionPresence.Timestamps);
            }

            if (option.TryGetWindowScale(out byte shift))
            {
                (seen.WindowScale, seen.Present) = (shift, seen.Present | TcpOptionPresence.WindowScale);
            }

            if (option.TryGetSackCount(out int count) && count > 0)
            {
                (seen.SackCount, seen.Present) = ((byte)count, (seen.Present & ~TcpOptionPresence.FastOpen) | TcpOptionPresence.Sack);
                seen.Sack[0] = option.GetSackBlock(0);
            }

            if (option.Kind != TcpOptionKind.Experiment1 && option.TryGetFastOpen(out ReadOnlySpan<byte> cookie) && !seen.Has(TcpOptionPresence.Sack))
            {
                seen.FastOpen = new(cookie, option.Kind == TcpOptionKind.Experiment2);
            }

            if (option.TryGetAccurateEcn(out _))
            {
                seen.Present |= TcpOptionPresence.AccurateEcn;
            }

            if (option is { Kind: TcpOptionKind.SackPermitted, Error: OptionError.None, Length: 2 })
            {
                seen.Present |= TcpOptionPresence.SackPermitted;
            }
        }

        Assert.Equal((seen.Present, seen.Mss, seen.TsVal, seen.TsEcr, seen.WindowScale, seen.SackCount), (set.Present, set.Mss, set.TsVal, set.TsEcr, set.WindowScale, set.SackCount));
        Assert.Equal(seen.Sack[0], set.Sack[0]);
    }
}
