using System.Text;

namespace Finwait.Lab;

/// <summary>
/// Text of the shell and the octets that it stands for: UTF-8. An octet that belongs to no character of UTF-8 is kept as a lone surrogate, U+DC80 to U+DCFF,
/// as Python does it, so that it comes out of a pipe as it went in.
/// </summary>
internal static class ShellOctets
{
    private const char First = '\uDC80';
    private const char Last = '\uDCFF';

    /// <summary>The character that stands for one octet that was written with an escape; <see cref="Join"/> makes characters of several.</summary>
    public static char Of(int octet) => (char)(octet < 0x80 ? octet : 0xDC00 + (octet & 0xFF));

    /// <summary>Octets that were written one by one and together are characters become these.</summary>
    public static string Join(string text) => text.AsSpan().IndexOfAnyInRange(First, Last) < 0 ? text : Read(Write(text));

    /// <summary>The octets of a text.</summary>
    public static byte[] Write(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange(First, Last) < 0)
        {
            byte[] plain = new byte[Encoding.UTF8.GetByteCount(text)];
            Encoding.UTF8.GetBytes(text, plain);
            return plain;
        }

        var octets = new List<byte>(text.Length);
        Span<byte> encoded = stackalloc byte[4];
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[i..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                octets.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }
            else if (text[i] is >= First and <= Last)
            {
                octets.Add((byte)text[i]);
            }
            else
            {
                octets.AddRange(encoded[..Rune.ReplacementChar.EncodeToUtf8(encoded)]);
            }

            i += length;
        }

        return [.. octets];
    }

    /// <summary>The text of octets.</summary>
    public static string Read(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(octets, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte octet in octets[..length])
                {
                    text.Append(Of(octet));
                }
            }

            octets = octets[length..];
        }

        return text.ToString();
    }
}
