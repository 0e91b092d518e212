namespace Finwait.Wire.Tests;

public class TcpOptionParserTests
{
    // MUST-4, MUST-5, MUST-6, MUST-7, MUST-64, MUST-65, MUST-68, BUG-31.
    // Columns: bytes, whether the segment is a SYN, what is found.
    [Theory]
    [InlineData("", true, "")]
    [InlineData("00", true, "")]
    [InlineData("01", true, "")]
    [InlineData("01010101", true, "")]
    [InlineData("020405b4", true, "mss 1460")]
    [InlineData("020405b4", false, "")] // MUST-65
    [InlineData("030307", true, "ws 7")]
    [InlineData("0303ff", true, "ws 255")]
    [InlineData("030307", false, "")]
    [InlineData("0402", true, "sackOK")]
    [InlineData("0402", false, "")]
    [InlineData("0101080a0000000100000002", false, "ts 1 2")]
    [InlineData("0101080a0000000100000002", true, "ts 1 2")]
    [InlineData("080affffffff80000000", false, "ts 4294967295 2147483648")]
    [InlineData("0101050a0000000100000002", false, "sack 1:2")]
    [InlineData("0512000000010000000200000003fffffffe", false, "sack 1:2 3:4294967294")]
    [InlineData("052200000001000000020000000300000004000000050000000600000007000000080101", false, "sack 1:2 3:4 5:6 7:8")]
    [InlineData("020405b40402080a1122334455667788 01030307", true, "mss 1460 ws 7 sackOK ts 287454020 1432778632")]
    [InlineData("020405b401030306 0101080a0000000100000000 04020000", true, "mss 1460 ws 6 sackOK ts 1 0")]
    [InlineData("02040000", true, "mss 0")]
    // MUST-6: unknown kinds and kinds that only tools know, of assorted lengths.
    [InlineData("2302 2403aa 4c04aabb fd06aabbccdd fe02 ff03aa 020405b4", true, "mss 1460")]
    [InlineData("1312000102030405060708090a0b0c0d0e0f 080a0000000100000002", false, "ts 1 2")]
    // MUST-7: illegal lengths; what stood before counts.
    [InlineData("020405b4 0300", true, "mss 1460 malformed")]
    [InlineData("020405b4 0301", true, "mss 1460 malformed")]
    [InlineData("020405b4 03", true, "mss 1460 malformed")]
    [InlineData("020405b4 080a0000", true, "mss 1460 malformed")]
    [InlineData("2300 020405b4", true, "malformed")]
    [InlineData("23ff 020405b4", true, "malformed")]
    [InlineData("0204", true, "malformed")]
    // A known kind with a length that is not its own is skipped, as Linux does.
    [InlineData("020305 0402", true, "sackOK")]
    [InlineData("0205aabbcc 0402", true, "sackOK")]
    [InlineData("0304aabb 0402", true, "sackOK")]
    [InlineData("040301 030307", true, "ws 7")]
    [InlineData("0809 00000000000000 030307", true, "ws 7")]
    [InlineData("0502 030307", true, "ws 7")]
    [InlineData("0509 00000000000000 030307", true, "ws 7")]
    // End-of-list ends the parse.
    [InlineData("00 020405b4", true, "")]
    [InlineData("0402 00 030307", true, "sackOK")]
    // Of duplicates the last counts.
    [InlineData("020405b4 02040218", true, "mss 536")]
    [InlineData("080a0000000100000002 080a0000000300000004", false, "ts 3 4")]
    [InlineData("0512000000010000000200000003 00000004 050a0000000500000006", false, "sack 5:6")]
    public void Parse_Bytes_FindsWhatEndpointsActOn(string hex, bool isSyn, string expected)
    {
        TcpOptionSet set = TcpOptionParser.Parse(Convert.FromHexString(hex.Replace(" ", "")), isSyn);

        Assert.Equal(expected, Describe(set));
    }

    // MUST-64: MSS, window scale, timestamps and SACK at all four alignments.
    [Fact]
    public void Parse_EveryAlignment_FindsAllOptions()
    {
        byte[] options = Convert.FromHexString("020405b4030307080a00000001000000020402" + "050a0000000300000004");
        for (int shift = 0; shift < 4; shift++)
        {
            byte[] bytes = [.. Enumerable.Repeat((byte)1, shift), .. options];

            Assert.Equal("mss 1460 ws 7 sackOK ts 1 2 sack 3:4", Describe(TcpOptionParser.Parse(bytes, isSyn: true)));
        }
    }

    // MUST-6: every kind without a meaning for endpoints, at every length that fits.
    [Fact]
    public void Parse_EveryOtherKindAndLength_IsSkipped()
    {
        for (int kind = 0; kind < 256; kind++)
        {
            if (kind is 0 or 1 or 2 or 3 or 4 or 5 or 8)
            {
                continue;
            }

            for (int length = 2; length <= 36; length++)
            {
                byte[] bytes = new byte[length + 4];
                bytes[0] = (byte)kind;
                bytes[1] = (byte)length;
                bytes.AsSpan(2, length - 2).Fill(0x02);
                Convert.FromHexString("020405b4").CopyTo(bytes, length);

                Assert.Equal("mss 1460", Describe(TcpOptionParser.Parse(bytes, isSyn: true)));
            }
        }
    }

    // MUST-7, BUG-31: nothing is read beyond a cut, and what is whole before it counts.
    [Fact]
    public void Parse_EveryPrefixOfALinuxSyn_FindsTheWholeOptionsOnly()
    {
        byte[] bytes = Convert.FromHexString("020405b40402080a112233445566778801030307");
        string[] expected = new string[bytes.Length + 1];
        Array.Fill(expected, "malformed", 0, 4);
        expected[0] = "";
        expected[4] = "mss 1460";
        expected[5] = "mss 1460 malformed";
        expected[6] = "mss 1460 sackOK";
        Array.Fill(expected, "mss 1460 sackOK malformed", 7, 9);
        expected[16] = expected[17] = "mss 1460 sackOK ts 287454020 1432778632";
        expected[18] = expected[19] = "mss 1460 sackOK ts 287454020 1432778632 malformed";
        expected[20] = "mss 1460 ws 7 sackOK ts 287454020 1432778632";
        for (int length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(expected[length], Describe(TcpOptionParser.Parse(bytes.AsSpan(0, length), isSyn: true)));
        }
    }

    // X-6691-3, MUST-65, MUST-68, MUST-69: every combination, both layouts, SYN or not: what fits comes back, in at most 40 octets.
    [Fact]
    public void Parse_WhatTheWriterWrote_IsTheSameSet()
    {
        byte[] segment = new byte[60];
        foreach (TcpOptionLayout layout in Enum.GetValues<TcpOptionLayout>())
        {
            for (int bits = 0; bits < 16 * 6; bits++)
            {
                int sack = bits / 16;
                TcpOptionSet set = TcpWriterTests.Options(string.Join(' ', new[] { "mss", "ws", "sackOK", "ts" }.Where((_, i) => (bits >> i & 1) != 0)));
                set.SackCount = (byte)sack;
                set.Present |= sack == 0 ? 0 : TcpOptionPresence.Sack;
                for (int i = 0; i < Math.Min(sack, 4); i++)
                {
                    set.Sack[i] = new(new((uint)i), new(uint.MaxValue - (uint)i));
                }

                foreach (bool isSyn in (bool[])[false, true])
                {
                    int length = TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), isSyn ? TcpFlags.Syn : TcpFlags.Ack, 5, 0, set, layout);
                    TcpView.TryParse(segment.AsSpan(0, length), out TcpView view);

                    Assert.InRange(view.OptionBytes.Length, 0, 40);
                    Assert.Equal(0, view.OptionBytes.Length % 4);
                    Assert.Equal(Describe(Expected(set, isSyn, layout)), Describe(view.ParseOptions()));
                    AssertPaddingIsZero(view.OptionBytes);
                }
            }
        }
    }

    private static void AssertPaddingIsZero(ReadOnlySpan<byte> bytes)
    {
        foreach (TcpOption option in new TcpOptionReader(bytes))
        {
            Assert.Equal(OptionError.None, option.Error);
            if (option.Kind == TcpOptionKind.EndOfOptionList)
            {
                Assert.Equal(-1, option.Data.IndexOfAnyExcept((byte)0));
            }
        }
    }

    private static TcpOptionSet Expected(TcpOptionSet set, bool isSyn, TcpOptionLayout layout)
    {
        int other = set.Has(TcpOptionPresence.Timestamps) ? 12 : 0;
        if (isSyn)
        {
            bool isMerged = layout != TcpOptionLayout.MacOs && set.Has(TcpOptionPresence.Timestamps);
            other += (set.Has(TcpOptionPresence.Mss) ? 4 : 0) + (set.Has(TcpOptionPresence.WindowScale) ? 4 : 0)
                + (set.Has(TcpOptionPresence.SackPermitted) && !isMerged ? 4 : 0);
        }
        else
        {
            set.Present &= TcpOptionPresence.Timestamps | TcpOptionPresence.Sack;
        }

        set.SackCount = (byte)Math.Min(Math.Min((int)set.SackCount, 4), (40 - 4 - other) / 8);
        set.Present = set.SackCount == 0 ? set.Present & ~TcpOptionPresence.Sack : set.Present;
        return set;
    }

    private static string Describe(TcpOptionSet set)
    {
        List<string> words = [];
        if (set.Has(TcpOptionPresence.Mss))
        {
            words.Add($"mss {set.Mss}");
        }

        if (set.Has(TcpOptionPresence.WindowScale))
        {
            words.Add($"ws {set.WindowScale}");
        }

        if (set.Has(TcpOptionPresence.SackPermitted))
        {
            words.Add("sackOK");
        }

        if (set.Has(TcpOptionPresence.Timestamps))
        {
            words.Add($"ts {set.TsVal} {set.TsEcr}");
        }

        if (set.Has(TcpOptionPresence.Sack))
        {
            words.Add("sack");
            for (int i = 0; i < set.SackCount; i++)
            {
                words.Add($"{set.Sack[i].Left}:{set.Sack[i].Right}");
            }
        }

        if (set.Has(TcpOptionPresence.Malformed))
        {
            words.Add("malformed");
        }

        return string.Join(' ', words);
    }
}
