import { useEffect } from "preact/hooks";
import { useChat } from "../state/context.ts";

const REFUSAL = "Files cannot be sent yet.";

/** Tells users who drag or paste a file that it cannot be sent. Without this, a dropped one would replace the page. */
export function useRefuseFiles(): void {
  const { toast } = useChat();
  useEffect(() => {
    const unmount = new AbortController();
    const { signal } = unmount;
    const hasFiles = (data: DataTransfer | null) => data?.types.includes("Files") === true;
    const refuse = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer) || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
      toast.set(REFUSAL);
    };
    const refusePaste = ({ clipboardData }: ClipboardEvent) => {
      // What an office program copies is text, with a picture of it.
      if (hasFiles(clipboardData) && !clipboardData?.types.includes("text/plain")) toast.set(REFUSAL);
    };
    for (const event of ["dragenter", "dragover", "drop"] as const)
      addEventListener(event, refuse, { signal });
    addEventListener("paste", refusePaste, { signal });
    return () => unmount.abort();
  }, [toast]);
}
