using System.Globalization;
using System.Text;

namespace Finwait.Cli;

/// <summary>Text files that a user named. One that never ends, as a device, is refused in bounded memory.</summary>
internal static class InputFiles
{
    /// <summary>Most characters of a file.</summary>
    public const int MostCharacters = 16 << 20;

    /// <summary>The text of a file.</summary>
    /// <exception cref="IOException">It cannot be read, is a directory, or is longer than <see cref="MostCharacters"/>; the message says so without the file's name.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Read(string path)
    {
        if (path.Length == 0)
        {
            throw new FileNotFoundException("No such file or directory");
        }

        if (Directory.Exists(path))
        {
            throw new IOException("Is a directory");
        }

        using var reader = new StreamReader(path);
        var text = new StringBuilder();
        char[] piece = new char[1 << 15];
        while (reader.Read(piece) is > 0 and var count)
        {
            if (text.Length + count > MostCharacters)
            {
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"it has more than {MostCharacters} characters"));
            }

            text.Append(piece, 0, count);
        }

        return text.ToString();
    }
}
