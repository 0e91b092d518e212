using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Subtypes of the MPTCP option (RFC 8684 §3, IANA "MPTCP Option Subtypes"). Peers may send other numbers.</summary>
public enum MptcpSubtype : byte
{
    /// <summary>MP_CAPABLE.</summary>
    Capable = 0,

    /// <summary>MP_JOIN.</summary>
    Join = 1,

    /// <summary>DSS, the data sequence signal.</summary>
    DataSequenceSignal = 2,

    /// <summary>ADD_ADDR.</summary>
    AddAddress = 3,

    /// <summary>REMOVE_ADDR.</summary>
    RemoveAddress = 4,

    /// <summary>MP_PRIO.</summary>
    Priority = 5,

    /// <summary>MP_FAIL.</summary>
    Fail = 6,

    /// <summary>MP_FASTCLOSE.</summary>
    FastClose = 7,

    /// <summary>MP_TCPRST.</summary>
    Reset = 8,

    /// <summary>MP_EXPERIMENTAL.</summary>
    Experimental = 15,
}

/// <summary>What an MPTCP option carries behind kind and length (RFC 8684 §3). Holds no copy.</summary>
/// <remarks>The <c>TryGet…</c> methods are true only for their subtype with a length that RFC 8684 (or 6824, version 0) allows.</remarks>
public readonly ref struct MptcpOption
{
    private readonly ReadOnlySpan<byte> _data;

    internal MptcpOption(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>The subtype, named or not.</summary>
    public MptcpSubtype Subtype => (MptcpSubtype)(_data[0] >> 4);

    /// <summary>The four bits behind the subtype: version of MP_CAPABLE, flags of others.</summary>
    public byte LowNibble => (byte)(_data[0] & 0x0F);

    /// <summary>All octets, the one with the subtype included.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>MP_CAPABLE (RFC 8684 §3.1).</summary>
    public bool TryGetCapable(out MptcpCapable capable)
    {
        capable = default;
        if (Subtype != MptcpSubtype.Capable || _data.Length is not (2 or 10 or 18 or 20 or 22))
        {
            return false;
        }

        capable = new(
            LowNibble,
            _data[1],
            _data.Length >= 10 ? BinaryPrimitives.ReadUInt64BigEndian(_data[2..]) : null,
            _data.Length >= 18 ? BinaryPrimitives.ReadUInt64BigEndian(_data[10..]) : null,
            _data.Length >= 20 ? BinaryPrimitives.ReadUInt16BigEndian(_data[18..]) : null,
            _data.Length >= 22 ? BinaryPrimitives.ReadUInt16BigEndian(_data[20..]) : null);
        return true;
    }

    /// <summary>MP_JOIN of a SYN (RFC 8684 §3.2).</summary>
    public bool TryGetJoinSyn(out bool isBackup, out byte addressId, out uint receiverToken, out uint senderRandom)
    {
        bool isIt = Subtype == MptcpSubtype.Join && _data.Length == 10;
        isBackup = isIt && (_data[0] & 1) != 0;
        addressId = isIt ? _data[1] : default;
        receiverToken = isIt ? BinaryPrimitives.ReadUInt32BigEndian(_data[2..]) : default;
        senderRandom = isIt ? BinaryPrimitives.ReadUInt32BigEndian(_data[6..]) : default;
        return isIt;
    }

    /// <summary>MP_JOIN of a SYN-ACK (RFC 8684 §3.2).</summary>
    public bool TryGetJoinSynAck(out bool isBackup, out byte addressId, out ulong truncatedHmac, out uint senderRandom)
    {
        bool isIt = Subtype == MptcpSubtype.Join && _data.Length == 14;
        isBackup = isIt && (_data[0] & 1) != 0;
        addressId = isIt ? _data[1] : default;
        truncatedHmac = isIt ? BinaryPrimitives.ReadUInt64BigEndian(_data[2..]) : default;
        senderRandom = isIt ? BinaryPrimitives.ReadUInt32BigEndian(_data[10..]) : default;
        return isIt;
    }

    /// <summary>MP_JOIN of the third segment (RFC 8684 §3.2): 20 octets of the HMAC.</summary>
    public bool TryGetJoinAck(out ReadOnlySpan<byte> hmac)
    {
        bool isIt = Subtype == MptcpSubtype.Join && _data.Length == 22;
        hmac = isIt ? _data[2..] : default;
        return isIt;
    }

    /// <summary>DSS (RFC 8684 §3.3).</summary>
    public bool TryGetDataSequenceSignal(out MptcpDss dss)
    {
        dss = default;
        if (Subtype != MptcpSubtype.DataSequenceSignal || _data.Length < 2)
        {
            return false;
        }

        byte flags = _data[1];
        int ackLength = (flags & 1) == 0 ? 0 : (flags & 2) != 0 ? 8 : 4;
        int sequenceLength = (flags & 4) == 0 ? 0 : (flags & 8) != 0 ? 8 : 4;
        int mappingLength = sequenceLength == 0 ? 0 : sequenceLength + 6;
        int left = _data.Length - 2 - ackLength - mappingLength;
        if (left != 0 && !(left == 2 && mappingLength != 0))
        {
            return false;
        }

        ReadOnlySpan<byte> mapping = _data[(2 + ackLength)..];
        dss = new(
            (flags & 0x10) != 0,
            ReadNumber(_data[2..], ackLength),
            ReadNumber(mapping, sequenceLength),
            mappingLength == 0 ? null : BinaryPrimitives.ReadUInt32BigEndian(mapping[sequenceLength..]),
            mappingLength == 0 ? null : BinaryPrimitives.ReadUInt16BigEndian(mapping[(sequenceLength + 4)..]),
            left == 0 ? null : BinaryPrimitives.ReadUInt16BigEndian(mapping[(sequenceLength + 6)..]));
        return true;
    }

    /// <summary>ADD_ADDR (RFC 8684 §3.4.1).</summary>
    public bool TryGetAddAddress(out MptcpAddAddress added)
    {
        added = default;
        if (Subtype != MptcpSubtype.AddAddress || _data.Length < 6)
        {
            return false;
        }

        // Only the whole length tells the version of the address: 4 or 16 octets, each with or without port (2) and HMAC (8).
        int rest = _data.Length - 2;
        int addressLength = rest is 4 or 6 or 12 or 14 ? 4 : rest is 16 or 18 or 24 or 26 ? 16 : 0;
        if (addressLength == 0)
        {
            return false;
        }

        int extra = rest - addressLength;
        int hmacAt = 2 + addressLength + (extra is 2 or 10 ? 2 : 0);
        added = new(
            (_data[0] & 1) != 0,
            _data[1],
            IpAddress.Read(_data.Slice(2, addressLength)),
            extra is 2 or 10 ? BinaryPrimitives.ReadUInt16BigEndian(_data[(2 + addressLength)..]) : null,
            extra >= 8 ? BinaryPrimitives.ReadUInt64BigEndian(_data[hmacAt..]) : null);
        return true;
    }

    /// <summary>REMOVE_ADDR (RFC 8684 §3.4.2): the address identifiers.</summary>
    public bool TryGetRemoveAddress(out ReadOnlySpan<byte> addressIds)
    {
        bool isIt = Subtype == MptcpSubtype.RemoveAddress && _data.Length >= 2;
        addressIds = isIt ? _data[1..] : default;
        return isIt;
    }

    /// <summary>MP_PRIO (RFC 8684 §3.3.8); the address identifier exists in version 0 only.</summary>
    public bool TryGetPriority(out bool isBackup, out byte? addressId)
    {
        bool isIt = Subtype == MptcpSubtype.Priority && _data.Length is 1 or 2;
        isBackup = isIt && (_data[0] & 1) != 0;
        addressId = isIt && _data.Length == 2 ? _data[1] : null;
        return isIt;
    }

    /// <summary>MP_FAIL (RFC 8684 §3.7): the data sequence number.</summary>
    public bool TryGetFail(out ulong dataSequence)
    {
        bool isIt = Subtype == MptcpSubtype.Fail && _data.Length == 10;
        dataSequence = isIt ? BinaryPrimitives.ReadUInt64BigEndian(_data[2..]) : default;
        return isIt;
    }

    /// <summary>MP_FASTCLOSE (RFC 8684 §3.5): the receiver's key.</summary>
    public bool TryGetFastClose(out ulong receiverKey)
    {
        bool isIt = Subtype == MptcpSubtype.FastClose && _data.Length == 10;
        receiverKey = isIt ? BinaryPrimitives.ReadUInt64BigEndian(_data[2..]) : default;
        return isIt;
    }

    /// <summary>MP_TCPRST (RFC 8684 §3.6).</summary>
    public bool TryGetReset(out bool isTransient, out byte reason)
    {
        bool isIt = Subtype == MptcpSubtype.Reset && _data.Length == 2;
        isTransient = isIt && (_data[0] & 1) != 0;
        reason = isIt ? _data[1] : default;
        return isIt;
    }

    private static ulong? ReadNumber(ReadOnlySpan<byte> bytes, int length) => length switch
    {
        8 => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => null,
    };
}

/// <summary>MP_CAPABLE (RFC 8684 §3.1). Members that the length does not cover are null.</summary>
/// <param name="Version">MPTCP version, 0 or 1 so far.</param>
/// <param name="Flags">Bit A (0x80) asks for checksums, C (0x20) forbids joins to this address, H (0x01) names HMAC-SHA256.</param>
/// <param name="SenderKey">Key of the sender.</param>
/// <param name="ReceiverKey">Key of the receiver.</param>
/// <param name="DataLength">Octets of data that the option maps.</param>
/// <param name="Checksum">Checksum of the mapping.</param>
public readonly record struct MptcpCapable(byte Version, byte Flags, ulong? SenderKey, ulong? ReceiverKey, ushort? DataLength, ushort? Checksum);

/// <summary>DSS (RFC 8684 §3.3). Members that the flags leave out are null.</summary>
/// <param name="IsDataFin">DATA_FIN.</param>
/// <param name="DataAck">Data acknowledgment, 4 or 8 octets on the wire.</param>
/// <param name="DataSequence">Data sequence number, 4 or 8 octets on the wire.</param>
/// <param name="SubflowSequence">Relative subflow sequence number.</param>
/// <param name="DataLength">Octets that the mapping covers.</param>
/// <param name="Checksum">Checksum of the mapping.</param>
public readonly record struct MptcpDss(bool IsDataFin, ulong? DataAck, ulong? DataSequence, uint? SubflowSequence, ushort? DataLength, ushort? Checksum);

/// <summary>ADD_ADDR (RFC 8684 §3.4.1).</summary>
/// <param name="IsEcho">True if this only confirms what the peer sent.</param>
/// <param name="AddressId">Identifier of the address.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The port, if one is given.</param>
/// <param name="TruncatedHmac">Rightmost 64 bits of the HMAC, if given.</param>
public readonly record struct MptcpAddAddress(bool IsEcho, byte AddressId, IpAddress Address, ushort? Port, ulong? TruncatedHmac);
