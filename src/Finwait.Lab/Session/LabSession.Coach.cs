namespace Finwait.Lab;

/// <content>The coach: after each line, in plain words, what it did.</content>
public sealed partial class LabSession
{
    private LabCoach? _coach;

    /// <summary>True if after each line sentences of the <c>coach</c> come out: what was sent or not sent, why, and which state now. Default false.</summary>
    public bool HasCoach
    {
        get => _coach is not null;
        set
        {
            if (value != HasCoach)
            {
                _coach = value ? new LabCoach(this) : null;
                _coach?.Skip();
            }
        }
    }

    internal IReadOnlyList<LabHost> Machines => _machines;

    internal RunRecorder Recorder => _recorder;

    private LabVerdict SetCoach(string[] words)
    {
        if (words.Length != 2 || words[1] is not ("on" or "off"))
        {
            return Complain("coach on tells after each line what it did and why; coach off ends it");
        }

        HasCoach = words[1] == "on";
        return LabVerdict.Done;
    }

    private void Coach(LabLine line)
    {
        if (_coach is { } coach && line.Kind is not (LabLineKind.Empty or LabLineKind.Note or LabLineKind.Output))
        {
            foreach (string sentence in coach.Tell(line))
            {
                Print("coach", sentence, LabWindow.Any);
            }
        }
    }
}
