using System.Buffers.Binary;
using System.Numerics;

namespace Finwait.Sim;

/// <summary>A fast 64-bit fingerprint for runs: equal bytes give equal numbers on every machine. Not for secrets.</summary>
internal static class FrameHash
{
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = (hash ^ (uint)bytes.Length) * Prime;
        while (bytes.Length >= 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Prime, 29);
            bytes = bytes[8..];
        }

        foreach (byte octet in bytes)
        {
            hash = (hash ^ octet) * Prime;
        }

        return hash ^ (hash >> 32);
    }
}
