using System.Security.Cryptography;
using System.Text;

namespace Snakepit.Processes;

/// <summary>
/// The mark in the environment of every process that a host has started, down to the last descendant. It cannot be guessed, so a process
/// that carries it may be ended, whatever its session and its parent.
/// </summary>
/// <param name="Run">The run's id, 128 random bits.</param>
/// <param name="Launcher">The number of the run's launcher, from 1; 0 stands for any.</param>
internal readonly record struct RunMark(string Run, int Launcher = 0)
{
    public const string Variable = "SNAKEPIT_RUN_ID";

    private const int IdLength = 32;

    /// <summary>The mark as it appears in an environment; without its end when it stands for any launcher.</summary>
    public byte[] Pattern => Encoding.ASCII.GetBytes(Launcher == 0 ? $"{Variable}={Run}/" : $"{Variable}={this}\0");

    public static string NewRun() => RandomNumberGenerator.GetHexString(IdLength, lowercase: true);

    public static bool IsRun(string text) => text.Length == IdLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Returns the variable's value.</summary>
    public override string ToString() => $"{Run}/{Launcher}";
}
