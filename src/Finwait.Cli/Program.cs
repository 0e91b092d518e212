using Finwait.Cli;

Console.SetError(new StandardError(Console.Error));
try
{
    return Commands.Run(args);
}
catch (IOException e)
{
    // Standard output or standard input is broken, or the disk behind it full: nothing more can be told than this.
    return Commands.Broken(e);
}
catch (UnauthorizedAccessException e)
{
    return Commands.Broken(e);
}
