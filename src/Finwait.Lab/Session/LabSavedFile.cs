namespace Finwait.Lab;

/// <summary>A file of a lab host that <c>save</c> hands over to the application.</summary>
/// <param name="Name">The name to write it under, as the user gave it.</param>
/// <param name="Content">Its octets.</param>
/// <param name="Force">True if the user said <c>--force</c>: a file of this name may be overwritten, and the name may lead out of the current folder.</param>
public sealed record LabSavedFile(string Name, byte[] Content, bool Force);
