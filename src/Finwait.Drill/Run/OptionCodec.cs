using System.Buffers.Binary;
using System.Globalization;
using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>TCP options of a script as bytes and back.</summary>
internal static class OptionCodec
{
    private const int MaxLength = 40;

    /// <summary>The options of a packet that the script injects, its numbers turned into those on the wire.</summary>
    public static byte[] Write(int line, IReadOnlyList<TcpOptionSpec> options, DrillFlow? flow)
    {
        var bytes = new List<byte>();
        foreach (TcpOptionSpec option in options)
        {
            switch (option.Kind)
            {
                case TcpOptionSpecKind.EndOfList:
                    bytes.Add(TcpOptionKind.EndOfOptionList);
                    break;
                case TcpOptionSpecKind.NoOperation:
                    bytes.Add(TcpOptionKind.NoOperation);
                    break;
                default:
                    byte[] data = DataOf(option, flow);
                    bytes.AddRange([KindOf(option), (byte)(data.Length + 2), .. data]);
                    break;
            }
        }

        if (bytes.Count % 4 != 0)
        {
            throw new DrillFault(line, "TCP options are not padded correctly to ensure TCP header ends on a 32-bit boundary");
        }

        return bytes.Count <= MaxLength ? [.. bytes] : throw new DrillFault(line, $"the TCP options take {bytes.Count} octets; a header has room for {MaxLength}");
    }

    private static byte KindOf(TcpOptionSpec option) => option.Kind switch
    {
        TcpOptionSpecKind.Mss => TcpOptionKind.MaximumSegmentSize,
        TcpOptionSpecKind.WindowScale => TcpOptionKind.WindowScale,
        TcpOptionSpecKind.SackPermitted => TcpOptionKind.SackPermitted,
        TcpOptionSpecKind.Sack => TcpOptionKind.Sack,
        TcpOptionSpecKind.Timestamps => TcpOptionKind.Timestamps,
        TcpOptionSpecKind.Md5 => TcpOptionKind.Md5Signature,
        TcpOptionSpecKind.FastOpen => TcpOptionKind.FastOpen,
        TcpOptionSpecKind.FastOpenExperiment => TcpOptionKind.Experiment2,
        _ => option.Number,
    };

    private static byte[] DataOf(TcpOptionSpec option, DrillFlow? flow)
    {
        switch (option.Kind)
        {
            case TcpOptionSpecKind.Mss:
                return [(byte)(option.Value >> 8), (byte)option.Value];
            case TcpOptionSpecKind.WindowScale:
                return [(byte)option.Value];
            case TcpOptionSpecKind.Sack:
                byte[] blocks = new byte[8 * option.Blocks.Count];
                for (int i = 0; i < option.Blocks.Count; i++)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(blocks.AsSpan(8 * i), unchecked(option.Blocks[i].Left + (flow?.LocalOffset ?? 0)));
                    BinaryPrimitives.WriteUInt32BigEndian(blocks.AsSpan((8 * i) + 4), unchecked(option.Blocks[i].Right + (flow?.LocalOffset ?? 0)));
                }

                return blocks;
            case TcpOptionSpecKind.Timestamps:
                byte[] stamps = new byte[8];
                BinaryPrimitives.WriteUInt32BigEndian(stamps, option.Value);
                BinaryPrimitives.WriteUInt32BigEndian(stamps.AsSpan(4), flow?.EchoOnWire(option.Echo) ?? option.Echo);
                return stamps;
            case TcpOptionSpecKind.FastOpenExperiment:
                return [(byte)(TcpOptionKind.FastOpenExperiment >> 8), TcpOptionKind.FastOpenExperiment & 0xFF, .. option.Data];
            default:
                return option.Data;
        }
    }

    /// <summary>Options on the wire, in the script's words.</summary>
    public static List<TcpOptionSpec> Read(byte[] bytes, DrillFlow? flow)
    {
        var options = new List<TcpOptionSpec>();
        foreach (TcpOption option in new TcpOptionReader(bytes))
        {
            options.Add(Read(option, flow));
            if (option.Error != OptionError.None)
            {
                break;
            }
        }

        return options;
    }

    private static TcpOptionSpec Read(TcpOption option, DrillFlow? flow)
    {
        uint remote = flow?.RemoteOffset ?? 0;
        if (option.Kind == TcpOptionKind.NoOperation)
        {
            return new() { Kind = TcpOptionSpecKind.NoOperation };
        }

        if (option.Kind == TcpOptionKind.EndOfOptionList)
        {
            return new() { Kind = TcpOptionSpecKind.EndOfList };
        }

        if (option.TryGetMss(out ushort mss))
        {
            return new() { Kind = TcpOptionSpecKind.Mss, Value = mss };
        }

        if (option.TryGetWindowScale(out byte shift))
        {
            return new() { Kind = TcpOptionSpecKind.WindowScale, Value = shift };
        }

        if (option.TryGetTimestamps(out uint value, out uint echo))
        {
            return new() { Kind = TcpOptionSpecKind.Timestamps, Value = value, Echo = echo };
        }

        if (option.TryGetSackCount(out int count))
        {
            var blocks = new List<(uint, uint)>();
            for (int i = 0; i < count; i++)
            {
                SackBlock block = option.GetSackBlock(i);
                blocks.Add((unchecked(block.Left.Value - remote), unchecked(block.Right.Value - remote)));
            }

            return new() { Kind = TcpOptionSpecKind.Sack, Blocks = blocks };
        }

        byte[] data = option.Data.ToArray();
        return option.Kind switch
        {
            TcpOptionKind.SackPermitted when data.Length == 0 => new() { Kind = TcpOptionSpecKind.SackPermitted },
            TcpOptionKind.Md5Signature => new() { Kind = TcpOptionSpecKind.Md5, Data = data },
            TcpOptionKind.FastOpen => new() { Kind = TcpOptionSpecKind.FastOpen, Data = data },
            TcpOptionKind.AccurateEcn0 or TcpOptionKind.AccurateEcn1 => new() { Kind = TcpOptionSpecKind.AccurateEcn, Number = option.Kind, Data = data },
            TcpOptionKind.Experiment2 when data.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(data) == TcpOptionKind.FastOpenExperiment =>
                new() { Kind = TcpOptionSpecKind.FastOpenExperiment, Data = data[2..] },
            _ => new() { Kind = TcpOptionSpecKind.Other, Number = option.Kind, Data = data },
        };
    }

    public static string Show(byte[] bytes, DrillFlow? flow) => Show(Read(bytes, flow), flow);

    /// <summary>Options in the script's words.</summary>
    /// <param name="options">The options.</param>
    /// <param name="flow">If given, TSval is turned into the script's.</param>
    public static string Show(IReadOnlyList<TcpOptionSpec> options, DrillFlow? flow) => string.Join(',', options.Select(o => Show(o, flow)));

    private static string Show(TcpOptionSpec o, DrillFlow? flow)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        return o.Kind switch
        {
            TcpOptionSpecKind.EndOfList => "eol",
            TcpOptionSpecKind.NoOperation => "nop",
            TcpOptionSpecKind.Mss => string.Create(plain, $"mss {o.Value}"),
            TcpOptionSpecKind.WindowScale => string.Create(plain, $"wscale {o.Value}"),
            TcpOptionSpecKind.SackPermitted => "sackOK",
            TcpOptionSpecKind.Sack => "sack " + string.Join(' ', o.Blocks.Select(b => string.Create(plain, $"{b.Left}:{b.Right}"))),
            TcpOptionSpecKind.Timestamps => string.Create(plain, $"TS val {flow?.TimestampInScript(o.Value) ?? o.Value} ecr {o.Echo}"),
            TcpOptionSpecKind.Md5 => "md5 " + Convert.ToHexStringLower(o.Data),
            TcpOptionSpecKind.FastOpen => ("FO " + Convert.ToHexStringLower(o.Data)).TrimEnd(),
            TcpOptionSpecKind.FastOpenExperiment => ("FOEXP " + Convert.ToHexStringLower(o.Data)).TrimEnd(),
            TcpOptionSpecKind.AccurateEcn => ShowAccurateEcn(o),
            _ => string.Create(plain, $"kind {o.Number} {Convert.ToHexStringLower(o.Data)}"),
        };
    }

    private static string ShowAccurateEcn(TcpOptionSpec option)
    {
        string[] names = option.Number == TcpOptionKind.AccurateEcn0 ? ["e0b", "ceb", "e1b"] : ["e1b", "ceb", "e0b"];
        string text = "ECN";
        for (int i = 0; i < names.Length && (3 * i) + 2 < option.Data.Length; i++)
        {
            text += string.Create(CultureInfo.InvariantCulture, $" {names[i]} {option.Data[3 * i] << 16 | option.Data[(3 * i) + 1] << 8 | option.Data[(3 * i) + 2]}");
        }

        return text;
    }
}
