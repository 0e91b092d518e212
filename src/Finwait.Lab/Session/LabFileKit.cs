using System.Text;

namespace Finwait.Lab;

/// <summary>The files that lie in every host's home: the programs of the source documents.</summary>
internal static class LabFileKit
{
    private const string Folder = "Finwait.Lab.Files.";

    public static void Fill(LabFiles files)
    {
        System.Reflection.Assembly assembly = typeof(LabFileKit).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            files.Write(resource[Folder.Length..], Encoding.UTF8.GetBytes(reader.ReadToEnd()));
        }
    }
}
