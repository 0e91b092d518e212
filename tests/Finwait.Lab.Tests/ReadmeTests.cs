using System.Text;

namespace Finwait.Lab.Tests;

/// <summary>What the README shows is what a reader gets.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Transcript_PlayedAgain_ComesOutAsPrinted()
    {
        string printed = FirstTranscript(File.ReadAllText(Path.Combine(ProjectRoot(), "README.md")));
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter();

        int status = LabTranscript.Play(new LabSession(), printed.TrimEnd('\n').Split('\n'), output, error);

        Assert.Equal(printed, output.ToString());
        Assert.Equal((0, ""), (status, error.ToString()));
    }

    private static string FirstTranscript(string readme)
    {
        var text = new StringBuilder();
        bool inside = false;
        foreach (string line in readme.Split('\n'))
        {
            if (line == "```")
            {
                if (inside && text.Length > 0)
                {
                    break;
                }

                inside = !inside;
            }
            else if (inside && (text.Length > 0 || line.StartsWith("juliet$", StringComparison.Ordinal)))
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string ProjectRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Finwait.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside the project");
        }

        return folder;
    }
}
