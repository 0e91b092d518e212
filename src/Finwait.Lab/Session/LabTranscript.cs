namespace Finwait.Lab;

/// <summary>Plays lines through a lab and writes the transcript: each line as typed, then what it brought.</summary>
public static class LabTranscript
{
    /// <summary>Characters of the longest line that is played; longer ones are left out with a complaint.</summary>
    public const int LongestLine = 1 << 20;

    /// <summary>Exit status when a line was not understood.</summary>
    public const int WrongUsage = 2;

    /// <summary>Plays all lines.</summary>
    /// <param name="session">The lab.</param>
    /// <param name="lines">Lines in the lab's syntax; those that hosts printed in an earlier run are skipped.</param>
    /// <param name="output">Gets the transcript.</param>
    /// <param name="error">Gets one line for each line that was not understood, with its number.</param>
    /// <param name="save">Writes each file that <c>save</c> hands over, and gives null, or why it did not.</param>
    /// <returns>0; 1 if a file was not saved; <see cref="WrongUsage"/> if some line was not understood. The lines behind it are played all the same.</returns>
    public static int Play(LabSession session, IEnumerable<string> lines, TextWriter output, TextWriter error, Func<LabSavedFile, string?>? save = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(lines);
        int status = 0;
        int number = 0;
        foreach (string text in lines)
        {
            number++;
            if (text.Length > LongestLine)
            {
                error.Write($"line {number}: longer than {LongestLine} characters: left out\n");
                status = WrongUsage;
                continue;
            }

            LabLine line = LabLine.Parse(text);
            if (line.Kind == LabLineKind.Output)
            {
                continue;
            }

            output.Write(line + "\n");
            LabVerdict verdict = session.Execute(line);
            foreach (LabLine printed in session.TakeOutput())
            {
                output.Write(printed + "\n");
            }

            foreach (LabSavedFile file in session.TakeSavedFiles())
            {
                if (save?.Invoke(file) is { } complaint)
                {
                    error.Write($"line {number}: {complaint}\n");
                    status = Math.Max(status, 1);
                    continue;
                }

                output.Write(LabSession.SavedNote(file) + "\n");
            }

            if (verdict == LabVerdict.Quit)
            {
                break;
            }

            if (verdict == LabVerdict.NotUnderstood)
            {
                error.Write($"line {number}: {session.Complaint}\n");
                status = WrongUsage;
            }
        }

        output.Flush();
        return status;
    }
}
