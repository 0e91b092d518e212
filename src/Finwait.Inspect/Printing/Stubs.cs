namespace Finwait.Inspect;

internal static class TelnetPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> payload, int length) { return true; } }
internal static class PppPrinter { public static bool Print(PrintContext context, ReadOnlySpan<byte> payload, int length) { return true; } }
