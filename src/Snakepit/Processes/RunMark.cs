using System.Security.Cryptography;
using System.Text;

namespace Snakepit.Processes;

/// <summary>
/// What everything that a host has started carries in its environment, down to the last descendant: by whom it was started. Nobody else can know it,
/// so whoever carries it is ours to end, whatever session or parent it has.
/// </summary>
/// <param name="Run">The run's id, 128 random bits.</param>
/// <param name="Launcher">Which of the run's launchers, from 1; 0: any.</param>
internal readonly record struct RunMark(string Run, int Launcher = 0)
{
    public const string Variable = "SNAKEPIT_RUN_ID";

    private const int IdLength = 32;

    /// <summary>As an environment has it; but for the end, when it is any launcher's.</summary>
    public byte[] Pattern => Encoding.ASCII.GetBytes(Launcher == 0 ? $"{Variable}={Run}/" : $"{Variable}={this}\0");

    public static string NewRun() => RandomNumberGenerator.GetHexString(IdLength, lowercase: true);

    public static bool IsRun(string text) => text.Length == IdLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The variable's value.</summary>
    public override string ToString() => $"{Run}/{Launcher}";
}
