using System.ComponentModel;
using System.Diagnostics;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Tells whether a test can create namespaces. Root can, except in most containers.</summary>
internal static class Namespaces
{
    private static readonly Lazy<bool> s_canBeMade = new(CanBeMade);

    public static void SkipUnlessTheyCanBeMade() =>
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && s_canBeMade.Value, "Only root can make namespaces, and not in every container.");

    private static bool CanBeMade()
    {
        try
        {
#pragma warning disable RS0030 // CommandRunner is under test.
            string[] arguments = ["--fork", "--pid", "--mount-proc", "true"];
            using Process unshare = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardError = true })!;
#pragma warning restore RS0030
            unshare.WaitForExit();
            return unshare.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // the program does not exist
        }
    }
}
