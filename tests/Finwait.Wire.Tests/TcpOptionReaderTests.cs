using System.Globalization;

namespace Finwait.Wire.Tests;

public class TcpOptionReaderTests
{
    // MUST-6, MUST-7, MUST-68, BUG-31. Each option: kind/length@offset, data, error.
    [Theory]
    [InlineData("", "")]
    [InlineData("01", "1/1@0")]
    [InlineData("00", "0/1@0")]
    [InlineData("00 0000aa", "0/1@0 0000aa")]
    [InlineData("0101 080a 0000000100000002", "1/1@0, 1/1@1, 8/10@2 0000000100000002")]
    [InlineData("0402 01 03 03 07 00", "4/2@0, 1/1@2, 3/3@3 07, 0/1@6")]
    [InlineData("04", "4/0@0 !NoLength")]
    [InlineData("0400 aabb", "4/0@0 aabb !BadLength")]
    [InlineData("0401 aabb", "4/1@0 aabb !BadLength")]
    [InlineData("01 0205 05b4", "1/1@0, 2/5@1 05b4 !Truncated")]
    [InlineData("fe02 ff03aa", "254/2@0, 255/3@2 aa")]
    public void Reader_Bytes_GivesEveryOptionGoodOrBad(string hex, string expected)
    {
        List<string> seen = [];
        foreach (TcpOption option in new TcpOptionReader(Hex(hex)))
        {
            string data = option.Data.IsEmpty ? "" : " " + Convert.ToHexStringLower(option.Data);
            seen.Add(string.Create(CultureInfo.InvariantCulture, $"{option.Kind}/{option.Length}@{option.Offset}{data}{(option.Error == OptionError.None ? "" : " !" + option.Error)}"));
        }

        Assert.Equal(expected, string.Join(", ", seen));
    }

    // The structured options. Every sample was read by Wireshark's dissector too (tshark 4.0.17 -O tcp), which shows the same values;
    // those of kinds 10, 14, 27 and 69, which it does not take apart, follow their RFCs.
    [Theory]
    [InlineData("020405b4", "mss 1460")]
    [InlineData("030307", "wscale 7")]
    [InlineData("080a0000000100000002", "timestamps 1 2")]
    [InlineData("0512000000010000000200000003 00000004", "sack 1:2 3:4")]
    [InlineData("0606deadbeef", "number 3735928559")]
    [InlineData("070600000009", "number 9")]
    [InlineData("0a03c0", "partial order start end")]
    [InlineData("0b0600000007", "number 7")]
    [InlineData("0c0600000008", "number 8")]
    [InlineData("0d06ffffffff", "number 4294967295")]
    [InlineData("0e0302", "alternate checksum 2")]
    [InlineData("1312000102030405060708090a0b0c0d0e0f", "md5 000102030405060708090a0b0c0d0e0f")]
    [InlineData("1404d805", "scps d8 5")]
    [InlineData("150600020003", "snack 2 3")]
    [InlineData("1b080c05deadbefc", "quick-start 12 5 933982143")]
    [InlineData("1c04001e", "user timeout 00:00:30")]
    [InlineData("1c04801e", "user timeout 00:30:00")]
    [InlineData("1c04ffff", "user timeout 22.18:07:00")]
    [InlineData("1d0801020a0b0c0d", "ao 1 2 0a0b0c0d")]
    [InlineData("2202", "fast open ''")]
    [InlineData("220a0102030405060708", "fast open '0102030405060708'")]
    [InlineData("2212000102030405060708090a0b0c0d0e0f", "fast open '000102030405060708090a0b0c0d0e0f'")]
    [InlineData("fe08f989aabbccdd", "experiment f989 'aabbccdd' fast open 'aabbccdd'")]
    [InlineData("fd04f989", "experiment f989 '' fast open ''")]
    [InlineData("fe06cafe0102", "experiment cafe '0102'")]
    [InlineData("ac0b000001000002000003", "accecn 1 2 3")]
    [InlineData("ae0b000001000002000003", "accecn 3 2 1")]
    [InlineData("ae08000001000002", "accecn - 2 1")]
    [InlineData("ac05fffffe", "accecn 16777214 - -")]
    [InlineData("ac02", "accecn - - -")]
    [InlineData("1e0c01811122334455667788", "mptcp Capable v1 flags 81 1122334455667788 - - -")]
    [InlineData("1e040101", "mptcp Capable v1 flags 01 - - - -")]
    [InlineData("1e140101112233445566778899aabbccddeeff00", "mptcp Capable v1 flags 01 1122334455667788 99aabbccddeeff00 - -")]
    [InlineData("1e180101112233445566778899aabbccddeeff000005abcd", "mptcp Capable v1 flags 01 1122334455667788 99aabbccddeeff00 5 abcd")]
    [InlineData("1e0c1102aabbccdd01020304", "mptcp Join syn backup True id 2 token aabbccdd random 01020304")]
    [InlineData("1e101103112233445566778801020304", "mptcp Join synack backup True id 3 hmac 1122334455667788 random 01020304")]
    [InlineData("1e1810000000000000000000000000000000000000000001", "mptcp Join ack 0000000000000000000000000000000000000001")]
    [InlineData("1e142005000000090000000a0000000b000cabcd", "mptcp DataSequenceSignal fin False ack 9 dsn 10 ssn 11 length 12 checksum abcd")]
    [InlineData("1e1a201f0000000000000009000000000000000a0000000b000c", "mptcp DataSequenceSignal fin True ack 9 dsn 10 ssn 11 length 12 checksum -")]
    [InlineData("1e082001000000aa", "mptcp DataSequenceSignal fin False ack 170 dsn - ssn - length - checksum -")]
    [InlineData("1e103001c00002011122334455667788", "mptcp AddAddress echo False id 1 192.0.2.1 port - hmac 1122334455667788")]
    [InlineData("1e1e310220010db80000000000000000000000011f901122334455667788", "mptcp AddAddress echo True id 2 2001:db8::1 port 8080 hmac 1122334455667788")]
    [InlineData("1e083103c0000201", "mptcp AddAddress echo True id 3 192.0.2.1 port - hmac -")]
    [InlineData("1e05400102", "mptcp RemoveAddress 0102")]
    [InlineData("1e0351", "mptcp Priority backup True id -")]
    [InlineData("1e045007", "mptcp Priority backup False id 7")]
    [InlineData("1e0c60001122334455667788", "mptcp Fail 1122334455667788")]
    [InlineData("1e0c70001122334455667788", "mptcp FastClose 1122334455667788")]
    [InlineData("1e048103", "mptcp Reset transient True reason 3")]
    [InlineData("1e04f000", "mptcp Experimental")]
    // Wrong lengths, unknown kinds: no typed value.
    [InlineData("020305", "")]
    [InlineData("0304aabb", "")]
    [InlineData("0809aabbccddeeff00", "")]
    [InlineData("0509aabbccddeeff00", "")]
    [InlineData("0605aabbcc", "")]
    [InlineData("1303aa", "")]
    [InlineData("1c03aa", "")]
    [InlineData("1d03aa", "")]
    [InlineData("2203aa", "")]
    [InlineData("2205aabbcc", "")]
    [InlineData("2213000102030405060708090a0b0c0d0e0f00", "")]
    [InlineData("ac0400aa", "")]
    [InlineData("ac0e000001000002000003000004", "")]
    [InlineData("fd03aa", "")]
    [InlineData("450421aa", "")]
    [InlineData("1e02", "")]
    [InlineData("1e0301", "mptcp Capable")]
    [InlineData("1e06200100aa", "mptcp DataSequenceSignal")]
    [InlineData("1e0730010a0b0c", "mptcp AddAddress")]
    public void Option_Structured_GivesItsValues(string hex, string expected)
    {
        TcpOptionReader reader = new(Hex(hex));
        Assert.True(reader.MoveNext());
        Assert.Equal(OptionError.None, reader.Current.Error);

        Assert.Equal(expected, Describe(reader.Current));
        Assert.False(reader.MoveNext());
    }

    // BUG-31: every structured sample cut at every prefix has an error and no value.
    [Fact]
    public void Option_CutAnywhere_HasAnErrorAndNoValue()
    {
        foreach (string sample in (string[])["020405b4", "080a0000000100000002", "1312000102030405060708090a0b0c0d0e0f", "ac0b000001000002000003", "1e0c01811122334455667788", "fe08f989aabbccdd"])
        {
            byte[] bytes = Hex(sample);
            for (int length = 1; length < bytes.Length; length++)
            {
                TcpOptionReader reader = new(bytes.AsSpan(0, length));
                Assert.True(reader.MoveNext());
                Assert.Equal(length == 1 ? OptionError.NoLength : OptionError.Truncated, reader.Current.Error);
                Assert.Equal("", Describe(reader.Current));
                Assert.Equal(Math.Max(0, length - 2), reader.Current.Data.Length);
                Assert.False(reader.MoveNext());
            }
        }
    }

    // IANA "TCP Option Kind Numbers".
    [Theory]
    [InlineData(0, "End of Option List", 1, TcpOptionStatus.Current, "RFC 9293")]
    [InlineData(2, "Maximum Segment Size", 4, TcpOptionStatus.Current, "RFC 9293")]
    [InlineData(9, "Partial Order Connection Permitted", 2, TcpOptionStatus.Obsolete, "RFC 1693")]
    [InlineData(16, "Skeeter", 0, TcpOptionStatus.AssignedWithoutRfc, "")]
    [InlineData(19, "MD5 Signature Option", 18, TcpOptionStatus.Obsolete, "RFC 2385")]
    [InlineData(25, "Unassigned", 0, TcpOptionStatus.Unassigned, "")]
    [InlineData(30, "Multipath TCP", 0, TcpOptionStatus.Current, "RFC 8684")]
    [InlineData(33, "Reserved", 0, TcpOptionStatus.ReservedInUse, "")]
    [InlineData(35, "Reserved", 0, TcpOptionStatus.Reserved, "")]
    [InlineData(68, "Reserved", 0, TcpOptionStatus.Reserved, "")]
    [InlineData(69, "Encryption Negotiation", 0, TcpOptionStatus.Current, "RFC 8547")]
    [InlineData(172, "Accurate ECN Order 0", 0, TcpOptionStatus.Current, "RFC 9768")]
    [InlineData(173, "Reserved", 0, TcpOptionStatus.Reserved, "")]
    [InlineData(253, "RFC3692-style Experiment 1", 0, TcpOptionStatus.Experimental, "RFC 4727")]
    public void Registry_Kind_HasItsLine(byte kind, string name, byte length, TcpOptionStatus status, string source)
    {
        Assert.Equal(new TcpOptionInfo(kind, name, length, status, source), TcpOptionRegistry.Get(kind));
    }

    [Fact]
    public void Registry_All256Kinds_NameThemselves()
    {
        int assigned = 0;
        for (int kind = 0; kind < 256; kind++)
        {
            TcpOptionInfo info = TcpOptionRegistry.Get((byte)kind);
            Assert.Equal(kind, info.Kind);
            Assert.NotEmpty(info.Name);
            assigned += info.Status is TcpOptionStatus.Reserved or TcpOptionStatus.ReservedInUse or TcpOptionStatus.Unassigned ? 0 : 1;
        }

        Assert.Equal(36, assigned); // 0–24, 26–30, 34, 69, 172, 174, 253, 254
    }

    // MUST-68, MUST-69: what the builder wrote reads back, padded with zeros.
    [Fact]
    public void Builder_AnyOptions_ReadBack()
    {
        Span<byte> bytes = stackalloc byte[40];
        bytes.Fill(0xEE);
        TcpOptionBuilder builder = new(bytes);
        builder.AddMss(1460);
        builder.AddNoOperation();
        builder.AddWindowScale(7);
        builder.AddSackPermitted();
        builder.AddTimestamps(1, 2);
        builder.AddSack([new(new(3), new(4))]);
        builder.Add(TcpOptionKind.FastOpen, default);

        int length = builder.Finish();

        Assert.Equal("020405b4 01 030307 0402 080a0000000100000002 050a0000000300000004 2202".Replace(" ", ""), Convert.ToHexStringLower(bytes[..length]));
        Assert.Equal(32, length);
    }

    [Fact]
    public void Builder_OddLength_PadsWithZeros()
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Fill(0xEE);
        TcpOptionBuilder builder = new(bytes);
        builder.AddWindowScale(7);

        Assert.Equal(4, builder.Finish());
        Assert.Equal("03030700eeeeeeee", Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Builder_CallersMistakes_Throw()
    {
        Assert.Throws<ArgumentException>(() => new TcpOptionBuilder(new byte[3]).Add(TcpOptionKind.MaximumSegmentSize, new byte[2]));
        Assert.Throws<ArgumentException>(() => new TcpOptionBuilder(new byte[40]).Add(TcpOptionKind.NoOperation, default));
        Assert.Throws<ArgumentException>(() => new TcpOptionBuilder(new byte[80]).AddSack(new SackBlock[5]));
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    private static string Text<T>(T? value, string? format = null)
        where T : struct, IFormattable => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Describe(TcpOption option)
    {
        List<string> seen = [];
        if (option.TryGetMss(out ushort mss))
        {
            seen.Add($"mss {mss}");
        }

        if (option.TryGetWindowScale(out byte shift))
        {
            seen.Add($"wscale {shift}");
        }

        if (option.TryGetTimestamps(out uint tsVal, out uint tsEcr))
        {
            seen.Add($"timestamps {tsVal} {tsEcr}");
        }

        if (option.TryGetSackCount(out int count))
        {
            seen.Add("sack");
            for (int i = 0; i < count; i++)
            {
                seen.Add($"{option.GetSackBlock(i).Left}:{option.GetSackBlock(i).Right}");
            }
        }

        if (option.TryGetNumber(out uint number))
        {
            seen.Add($"number {number}");
        }

        if (option.TryGetPartialOrderProfile(out bool isStart, out bool isEnd))
        {
            seen.Add($"partial order{(isStart ? " start" : "")}{(isEnd ? " end" : "")}");
        }

        if (option.TryGetAlternateChecksum(out byte checksum))
        {
            seen.Add($"alternate checksum {checksum}");
        }

        if (option.TryGetMd5(out ReadOnlySpan<byte> digest))
        {
            seen.Add($"md5 {Convert.ToHexStringLower(digest)}");
        }

        if (option.TryGetScps(out byte capabilities, out byte connection))
        {
            seen.Add($"scps {capabilities:x2} {connection}");
        }

        if (option.TryGetSnack(out ushort offset, out ushort size))
        {
            seen.Add($"snack {offset} {size}");
        }

        if (option.TryGetQuickStart(out byte rate, out byte difference, out uint nonce))
        {
            seen.Add($"quick-start {rate} {difference} {nonce}");
        }

        if (option.TryGetUserTimeout(out TimeSpan timeout))
        {
            seen.Add($"user timeout {timeout}");
        }

        if (option.TryGetAuthentication(out byte keyId, out byte next, out ReadOnlySpan<byte> mac))
        {
            seen.Add($"ao {keyId} {next} {Convert.ToHexStringLower(mac)}");
        }

        if (option.TryGetExperiment(out ushort experiment, out ReadOnlySpan<byte> data))
        {
            seen.Add($"experiment {experiment:x4} '{Convert.ToHexStringLower(data)}'");
        }

        if (option.TryGetFastOpen(out ReadOnlySpan<byte> cookie))
        {
            seen.Add($"fast open '{Convert.ToHexStringLower(cookie)}'");
        }

        if (option.TryGetAccurateEcn(out AccurateEcnCounters counters))
        {
            seen.Add($"accecn {Text(counters.Ee0b)} {Text(counters.Eceb)} {Text(counters.Ee1b)}");
        }

        if (option.TryGetMultipath(out MptcpOption multipath))
        {
            seen.Add(DescribeMultipath(multipath));
        }

        return string.Join(' ', seen);
    }

    private static string DescribeMultipath(MptcpOption multipath)
    {
        string text = $"mptcp {multipath.Subtype}";
        if (multipath.TryGetCapable(out MptcpCapable capable))
        {
            return $"{text} v{capable.Version} flags {capable.Flags:x2} {Text(capable.SenderKey, "x16")} {Text(capable.ReceiverKey, "x16")} {Text(capable.DataLength)} {Text(capable.Checksum, "x4")}";
        }

        if (multipath.TryGetJoinSyn(out bool isBackup, out byte id, out uint token, out uint random))
        {
            return $"{text} syn backup {isBackup} id {id} token {token:x8} random {random:x8}";
        }

        if (multipath.TryGetJoinSynAck(out isBackup, out id, out ulong hmac, out random))
        {
            return $"{text} synack backup {isBackup} id {id} hmac {hmac:x16} random {random:x8}";
        }

        if (multipath.TryGetJoinAck(out ReadOnlySpan<byte> bytes))
        {
            return $"{text} ack {Convert.ToHexStringLower(bytes)}";
        }

        if (multipath.TryGetDataSequenceSignal(out MptcpDss dss))
        {
            return $"{text} fin {dss.IsDataFin} ack {Text(dss.DataAck)} dsn {Text(dss.DataSequence)} ssn {Text(dss.SubflowSequence)} length {Text(dss.DataLength)} checksum {Text(dss.Checksum, "x4")}";
        }

        if (multipath.TryGetAddAddress(out MptcpAddAddress added))
        {
            return $"{text} echo {added.IsEcho} id {added.AddressId} {added.Address} port {Text(added.Port)} hmac {Text(added.TruncatedHmac, "x16")}";
        }

        if (multipath.TryGetRemoveAddress(out bytes))
        {
            return $"{text} {Convert.ToHexStringLower(bytes)}";
        }

        if (multipath.TryGetPriority(out isBackup, out byte? addressId))
        {
            return $"{text} backup {isBackup} id {Text(addressId)}";
        }

        if (multipath.TryGetFail(out ulong value) || multipath.TryGetFastClose(out value))
        {
            return $"{text} {value:x16}";
        }

        return multipath.TryGetReset(out bool isTransient, out byte reason) ? $"{text} transient {isTransient} reason {reason}" : text;
    }
}
