using System.Buffers.Binary;
using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What a server makes and checks its Fast Open cookies with (RFC 7413 §4.1.2), as Linux does: SipHash-2-4 of the client's and the server's address.</summary>
/// <param name="Primary">Makes the cookies.</param>
/// <param name="Backup">The key before the last change: its cookies are still taken, and answered with new ones.</param>
internal sealed record FastOpenKeys(SipHash Primary, SipHash? Backup)
{
    /// <summary>Octets of one key.</summary>
    public const int KeyLength = 16;

    /// <summary>One key, or a key and its backup, as TCP_FASTOPEN_KEY takes them; null if the length is another.</summary>
    public static FastOpenKeys? FromOctets(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        KeyLength => new(Key(octets), null),
        2 * KeyLength => new(Key(octets[..KeyLength]), Key(octets[KeyLength..])),
        _ => null,
    };

    /// <summary>As net.ipv4.tcp_fastopen_key has it: four groups of at most eight hexadecimal digits, a comma between two keys; null if it is none.</summary>
    public static FastOpenKeys? FromText(string text)
    {
        string[] keys = text.Trim().Split(',');
        Span<byte> octets = stackalloc byte[2 * KeyLength];
        for (int i = 0; i < keys.Length && i < 2; i++)
        {
            string[] groups = keys[i].Split('-');
            for (int j = 0; j < groups.Length; j++)
            {
                if (groups.Length != 4 || groups[j].Length > 8 || !uint.TryParse(groups[j], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint word))
                {
                    return null;
                }

                BinaryPrimitives.WriteUInt32LittleEndian(octets[((i * KeyLength) + (4 * j))..], word);
            }
        }

        return keys.Length <= 2 ? FromOctets(octets[..(keys.Length * KeyLength)]) : null;
    }

    /// <summary>Writes the keys as <see cref="FromOctets"/> reads them; returns how many octets.</summary>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Primary.Key0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Primary.Key1);
        if (Backup is not { } backup)
        {
            return KeyLength;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], backup.Key0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], backup.Key1);
        return 2 * KeyLength;
    }

    /// <summary>The cookie for a client.</summary>
    public FastOpenCookie Make(IpAddress client, IpAddress server) => Make(Primary, client, server);

    /// <summary>Whether a cookie is the client's own.</summary>
    /// <param name="cookie">What it sent.</param>
    /// <param name="client">Its address.</param>
    /// <param name="server">Ours.</param>
    /// <param name="isOld">It was made with the backup key.</param>
    public bool Check(FastOpenCookie cookie, IpAddress client, IpAddress server, out bool isOld)
    {
        FastOpenCookie plain = cookie.In(isExperimental: false);
        isOld = false;
        if (plain == Make(Primary, client, server))
        {
            return true;
        }

        isOld = Backup is { } backup && plain == Make(backup, client, server);
        return isOld;
    }

    private static FastOpenCookie Make(SipHash key, IpAddress client, IpAddress server)
    {
        Span<byte> addresses = stackalloc byte[32];
        int length = client.Write(addresses);
        length += server.Write(addresses[length..]);
        Span<byte> cookie = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(cookie, key.Hash(addresses[..length]));
        return new(cookie);
    }

    private static SipHash Key(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt64LittleEndian(octets), BinaryPrimitives.ReadUInt64LittleEndian(octets[8..]));
}
