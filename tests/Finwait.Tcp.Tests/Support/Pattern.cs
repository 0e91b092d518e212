namespace Finwait.Tcp.Tests;

/// <summary>The octets both sides of a test send: each tells its place in the stream.</summary>
internal static class Pattern
{
    public static byte At(long offset) => unchecked((byte)(offset ^ (offset >> 8) ^ (offset >> 16) * 31));

    public static byte[] Slice(long offset, int length)
    {
        byte[] slice = new byte[length];
        Fill(slice, offset);
        return slice;
    }

    public static void Fill(Span<byte> slice, long offset)
    {
        for (int i = 0; i < slice.Length; i++)
        {
            slice[i] = At(offset + i);
        }
    }

    /// <summary>Fails at the first octet that is not what stands at its place in the stream.</summary>
    public static void Verify(ReadOnlySpan<byte> slice, long offset)
    {
        for (int i = 0; i < slice.Length; i++)
        {
            if (slice[i] != At(offset + i))
            {
                Assert.Fail($"octet {offset + i} of the stream is {slice[i]} and should be {At(offset + i)}");
            }
        }
    }
}
