using System.ComponentModel;
using System.Diagnostics;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Whether a test can make namespaces: root can, but for most containers.</summary>
internal static class Namespaces
{
    private static readonly Lazy<bool> s_canBeMade = new(CanBeMade);

    public static void SkipUnlessTheyCanBeMade() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess && s_canBeMade.Value, "Only root can make namespaces, and not in every container.");

    private static bool CanBeMade()
    {
        try
        {
#pragma warning disable RS0030 // CommandRunner is under test.
            using Process unshare = Process.Start(new ProcessStartInfo("unshare", ["--fork", "--pid", "--mount-proc", "true"]) { RedirectStandardError = true })!;
#pragma warning restore RS0030
            unshare.WaitForExit();
            return unshare.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
