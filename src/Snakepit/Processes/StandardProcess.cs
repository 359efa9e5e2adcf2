using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Snakepit.Processes.Interop.Windows;

namespace Snakepit.Processes;

/// <summary>
/// A child with the means that .NET has on every platform: three standard streams, and two inherited pipes, whose numbers are the last two
/// words of its command line.
/// </summary>
internal sealed class StandardProcess : IDisposable
{
    private const int PipeSize = 64 * 1024;
    private const int SignalOffset = 128; // .NET, like shells, reports a signal as an exit code beyond it
    private const int LastSignal = 64;
    private const int SigKill = 9;

    // A child inherits everything inheritable at the moment of its start, so starts must not overlap.
    private static readonly Lock s_starting = new();
    private static readonly Encoding s_plain = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly AnonymousPipeServerStream _controlOut;
    private readonly AnonymousPipeServerStream _controlIn;
    private readonly JobObject? _job; // Windows

    private StandardProcess(Process process, AnonymousPipeServerStream controlOut, AnonymousPipeServerStream controlIn, JobObject? job)
    {
        _process = process;
        _controlOut = controlOut;
        _controlIn = controlIn;
        _job = job;
        Id = process.Id;
    }

    public int Id { get; }

    /// <summary>The child's standard input.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Errors => _process.StandardError.BaseStream;

    /// <summary>The first pipe, which the child reads.</summary>
    public Stream ControlOut => _controlOut;

    /// <summary>The second pipe, which the child writes.</summary>
    public Stream ControlIn => _controlIn;

    /// <exception cref="IOException">The process could not be started.</exception>
    public static StandardProcess Start(ChildCommand command)
    {
        lock (s_starting)
        {
            AnonymousPipeServerStream controlOut = new(PipeDirection.Out, HandleInheritability.Inheritable, PipeSize);
            AnonymousPipeServerStream controlIn = new(PipeDirection.In, HandleInheritability.Inheritable, PipeSize);
            var process =
                new Process { StartInfo = Describe(command, controlOut.GetClientHandleAsString(), controlIn.GetClientHandleAsString()) };
            JobObject? job = null;
            try
            {
                job = OperatingSystem.IsWindows() ? JobObject.Create() : null;
#pragma warning disable RS0030 // the only place that may start processes this way
                process.Start();
#pragma warning restore RS0030
                job?.Add(process.SafeHandle); // it runs no user code before its instructions
                return new StandardProcess(process, controlOut, controlIn, job);
            }
            catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
            {
                job?.Dispose();
                process.Dispose();
                controlOut.Dispose();
                controlIn.Dispose();
                throw new IOException($"'{command.Arguments[0]}' could not be started: {e.Message}", e);
            }
            finally
            {
                controlOut.DisposeLocalCopyOfClientHandle();
                controlIn.DisposeLocalCopyOfClientHandle();
            }
        }
    }

    /// <summary>Ends the process and, as far as they can be found, its descendants.</summary>
    public void Kill()
    {
        if (_job is not null)
        {
            _job.Terminate(SignalOffset + SigKill);
            return;
        }
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is Win32Exception or AggregateException or InvalidOperationException or NotSupportedException)
        {
            // It has ended, or belongs to another user.
        }
    }

    /// <summary>Completes when the process has ended, which may be long before its streams do: descendants may hold them open.</summary>
    public async Task<ChildExit> WaitForExitAsync()
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.Exited += (_, _) => exited.TrySetResult();
        _process.EnableRaisingEvents = true;
        if (_process.HasExited)
        {
            exited.TrySetResult();
        }
        await exited.Task.ConfigureAwait(false);
        return ExitOf(_process.ExitCode);
    }

    /// <summary>Closes the streams, and ends the processes that are left in the job.</summary>
    public void Dispose()
    {
        _job?.Dispose();
        foreach (Stream stream in new[] { Input, Output, Errors, _controlOut, _controlIn })
        {
            try
            {
                stream.Dispose();
            }
            catch (IOException)
            {
                // Unwritten data has no reader any more.
            }
        }
        _process.Dispose();
    }

    internal static ChildExit ExitOf(int code) =>
        code is > SignalOffset and <= SignalOffset + LastSignal ? new ChildExit(null, code - SignalOffset) : new ChildExit(code, null);

    private static ProcessStartInfo Describe(ChildCommand command, string controlOut, string controlIn)
    {
        var info = new ProcessStartInfo(command.Arguments[0], [.. command.Arguments.Skip(1), controlOut, controlIn])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = s_plain,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = command.WorkingDirectory,
        };
        info.Environment.Clear();
        foreach ((string name, string value) in command.Environment)
        {
            info.Environment[name] = value;
        }
        return info;
    }
}
