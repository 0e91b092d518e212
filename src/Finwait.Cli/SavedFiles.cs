using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>Writes the files that <c>save</c> hands over, and keeps away from what is the user's own.</summary>
internal sealed class SavedFiles
{
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>Writes into the current folder. Without <c>--force</c> it overwrites only what this lab has written itself, and leaves the folder for no name.</summary>
    /// <returns>Null, or why the file was not written.</returns>
    public string? Save(LabSavedFile file)
    {
        try
        {
            string folder = Directory.GetCurrentDirectory();
            string path = Path.GetFullPath(file.Name, folder);
            if (!file.Force && Path.GetDirectoryName(path) is var into && into != folder && into?.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) != true)
            {
                return $"{file.Name} is outside the current folder: --force behind the line writes it there";
            }

            if (!file.Force && Path.Exists(path) && !_written.Contains(path))
            {
                return $"{file.Name} exists: save it as another name, or put --force behind the line to overwrite it";
            }

            File.WriteAllBytes(path, file.Content);
            _written.Add(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{file.Name}: {e.Message}";
        }
    }
}
